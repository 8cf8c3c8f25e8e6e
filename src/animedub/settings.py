"""Where things lie on this computer and how much of it a dub may use.

Taken, the first that says something, from arguments, environment variables (``ANIMEDUB_STORE`` ...), and the file
``animedub.toml`` in the user's configuration folder (``~/.config`` on Linux).
"""

import os
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from animedub.errors import InputError


def config_file() -> Path:
    """The file a user may keep settings in."""
    return platformdirs.user_config_path() / "animedub.toml"


class Settings(BaseSettings):
    """Frozen; folders are absolute, ``~`` is understood, and none is made before something is put into it."""

    model_config = SettingsConfigDict(env_prefix="ANIMEDUB_", frozen=True, extra="forbid")

    store: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("animedub"), description="artifacts, cache"
    )
    models: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("animedub") / "models",
        description="models fetched or put here",
    )
    state: Path = Field(
        default_factory=lambda: platformdirs.user_state_path("animedub"), description="the local server and its logs"
    )
    workers: int = Field(default_factory=lambda: available_cores(), ge=1, le=256, description="threads of one dub")
    device: Literal["cpu"] = Field(default="cpu", description="what the engines compute on")

    @field_validator("store", "models", "state")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, the user's file; a ``.env`` in some working folder counts for nothing."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())


def available_cores() -> int:
    """How many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_settings(**overrides: object) -> Settings:
    """The settings in force; ``overrides`` that are None are left out.

    Raises:
        InputError: a variable or the file holds something that cannot be used.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        raise InputError(
            f"the setting '{name}' cannot be used ({first['msg']}): "
            f"correct ANIMEDUB_{name.upper()} or {name} in {config_file()}"
        ) from error
    except (ValueError, OSError) as error:  # the file is not TOML, or not readable
        raise InputError(
            f"the settings in {config_file()} cannot be read ({error}): correct or remove the file"
        ) from error
