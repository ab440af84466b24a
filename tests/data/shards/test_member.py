"""A file inside a shard reads as the file itself, from any thread, and from no other shard."""

import io
import tarfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sb_contrastive.data.shards.address import Address, parse_address
from sb_contrastive.data.shards.member import (
    ShardError,
    member_size,
    open_member,
)

NAMES = ["a.flac", "ann/" + 30 * "long/" + "b.flac", "zoë/ü.flac", "empty.flac"]


@pytest.fixture(params=[tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def packed(tmp_path, request):
    """Contents by address."""
    rng = np.random.default_rng(0)
    contents = {name: rng.bytes(int(rng.integers(1, 5000))) for name in NAMES}
    contents["empty.flac"] = b""
    path = tmp_path / "audio-000000.tar"
    with tarfile.open(path, "w", format=request.param) as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    with tarfile.open(path) as archive:
        return {
            Address(str(path), m.offset_data, m.name): contents[m.name]
            for m in archive
        }


def test_contents_and_sizes(packed):
    assert len(packed) == len(NAMES)
    for address, content in packed.items():
        assert parse_address(str(address)) == address
        assert member_size(address) == len(content)
        assert open_member(address).read() == content


def test_parts_from_many_threads(packed):
    rng = np.random.default_rng(1)
    wanted = [
        (address, int(rng.integers(len(content) + 1)))
        for address, content in packed.items()
        for _ in range(50)
    ]

    def part(pair):
        address, first = pair
        file = open_member(address)
        file.seek(first - member_size(address), io.SEEK_END)
        return file.read(700)

    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(part, wanted))
    for (address, first), found in zip(wanted, parts):
        assert found == packed[address][first : first + 700]


@pytest.mark.parametrize("moved", [-512, 512, 7])
def test_another_place_of_the_shard_is_refused(packed, moved):
    address = next(iter(packed))
    with pytest.raises(ShardError, match="pack the corpus again"):
        open_member(address._replace(offset=address.offset + moved))


def test_another_name_and_a_missing_shard_are_refused(packed, tmp_path):
    address = next(iter(packed))
    with pytest.raises(ShardError, match="has no b.flac at byte"):
        open_member(address._replace(name="b.flac"))
    with pytest.raises(FileNotFoundError):
        open_member(address._replace(shard=str(tmp_path / "no.tar")))


@pytest.mark.parametrize(
    "path", ["/a.tar", "/a.tar/b.wav", "/a.tar/12", "/a.tgz/12/b.wav"]
)
def test_paths_that_are_no_addresses(path):
    assert parse_address(path) is None
