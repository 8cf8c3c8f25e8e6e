"""Where dubs are made, kept on the server under a name: a worker on another computer gets its own folders so."""

from pathlib import Path

from prefect.blocks.core import Block
from pydantic import Field

from animedub.rig import Rig
from animedub.settings import load_settings


class DubbingRig(Block):
    """Store, models and workers of one computer; what is left out is taken from that computer's own settings.

    Register with ``prefect block register --file blocks/rig.py`` and name it in a run: ``-p rig_block=studio``.
    """

    _block_type_name = "Dubbing Rig"
    _block_type_slug = "dubbing-rig"

    store: Path | None = Field(default=None, description="artifacts and cache; shared by all workers that share it")
    models: Path | None = Field(default=None, description="folder of the models")
    workers: int | None = Field(default=None, ge=1, le=256, description="threads of one dub")

    def rig(self) -> Rig:
        """The rig that this block describes.

        Raises:
            InputError: a setting of this computer cannot be used.
        """
        return Rig.local(load_settings(store=self.store, models=self.models, workers=self.workers))
