from datetime import timedelta

import pytest

from animedub.cli.quantities import bytes_in, duration_in
from animedub.errors import InputError


@pytest.mark.parametrize(
    ("text", "days"), [("30d", 30), ("2w", 14), ("36h", 1.5), (" 0.5D ", 0.5), ("90m", 1 / 16), ("0s", 0)]
)
def test_durations(text, days):
    assert duration_in(text) == timedelta(days=days)


@pytest.mark.parametrize(("text", "size"), [("0", 0), ("512", 512), ("20G", 20e9), ("1.5 tb", 1.5e12), ("3k", 3000)])
def test_sizes(text, size):
    assert bytes_in(text) == size


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "1e9d", "3 days"])
def test_what_is_no_duration(text):
    with pytest.raises(InputError, match="such as 30d"):
        duration_in(text)


@pytest.mark.parametrize("text", ["", "G", "-1G", "20 GiB", "much"])
def test_what_is_no_size(text):
    with pytest.raises(InputError, match="such as 20G"):
        bytes_in(text)
