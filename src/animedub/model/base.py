"""The base of every noun."""

from pydantic import BaseModel, ConfigDict


class Noun(BaseModel):
    """A frozen value that is checked when it is made and can be written as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")
