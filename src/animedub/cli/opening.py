"""What every command does first: read the settings and open the log."""

from typing import TYPE_CHECKING

from animedub.cli.log import write_log

if TYPE_CHECKING:
    from animedub.settings import Settings


def opened(*, verbose: bool = False) -> "Settings":
    """The settings of this user, with the log written below their state folder from now on.

    Raises:
        InputError: a setting cannot be used.
    """
    from animedub.settings import load_settings

    settings = load_settings()
    write_log(settings.state / "logs", verbose=verbose)
    return settings
