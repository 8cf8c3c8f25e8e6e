"""What the server keeps under a name."""

import pytest

from animedub.settings import load_settings
from blocks.rig import DubbingRig


@pytest.mark.usefixtures("prefect_api")
def test_a_rig_is_found_again_by_name(tmp_path):
    DubbingRig(store=tmp_path / "store", workers=3).save("studio")  # pyright: ignore[reportUnusedCoroutine]
    rig = DubbingRig.load("studio").rig()
    assert (rig.store.root, rig.threads) == (tmp_path / "store", 3)


def test_what_a_block_leaves_out_is_this_computers_own():
    rig = DubbingRig().rig()
    assert (rig.store.root, rig.models.root) == (load_settings().store, load_settings().models)
