"""Whether content has the CIDs that Kubo gives it, for all import settings; nothing is moved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .bitswap import Commands
from .child import Failure
from .content import KIB, MIB, NAMES, make_shards, noise
from .kubo import Repository
from .node import Layout

# A node of a file has this many links; with one block more, the tree has a level more.
MAX_LINKS = 174
# Trees of three levels with chunks of 1 KiB, of two with Kubo's usual ones.
LARGEST = 48 * MIB
CHUNKS = [1 * KIB, 256 * KIB, 1 * MIB]


@dataclass(frozen=True)
class SameCids:
    """One row of the table: samples in one layout."""

    layout: Layout

    # What is the same.
    unit = "CIDs"

    @property
    def title(self) -> str:
        return f"CIDs of bitswap and kubo: {self}"

    def play(self, kubo: Repository, bitswap: Commands, samples: Path) -> int:
        """Returns how many samples there are."""
        paths = sorted(samples.iterdir())
        # One directory with all of them differs where any of them does.
        if kubo.only_hash(samples, self.layout) != bitswap.only_hash(samples, self.layout):
            raise Failure(self.differences(kubo, bitswap, paths))
        return len(paths)

    def differences(self, kubo: Repository, bitswap: Commands, paths: list[Path]) -> str:
        lines = []
        for path in paths:
            theirs, ours = (node.only_hash(path, self.layout) for node in (kubo, bitswap))
            if theirs != ours:
                lines.append(f"{path.name}: kubo has {theirs}, bitswap {ours}")
        return "\n".join(lines) or "the directory of all samples"

    def __str__(self) -> str:
        chunk = self.layout.chunk // KIB
        return f"{self.layout}, chunks of {chunk} KiB"


def make_samples(folder: Path) -> None:
    """Files of all sizes at which something changes, and one directory of each kind."""
    folder.mkdir()
    sizes = {0, 1}
    for chunk in CHUNKS:
        for blocks in (1, 2, MAX_LINKS, MAX_LINKS * MAX_LINKS):
            sizes.update(blocks * chunk + more for more in (-1, 0, 1))
    content = noise("samples", LARGEST)
    for size in sorted(sizes):
        if size <= LARGEST:
            (folder / f"{size} bytes").write_bytes(content[:size])
    (folder / "empty").mkdir()
    names = folder / "names"
    for depth in range(len(NAMES)):
        names.joinpath(*NAMES[:depth]).mkdir()
        names.joinpath(*NAMES[:depth], f"{NAMES[depth]} file").write_text(NAMES[depth])
    links = folder / "links"
    links.mkdir()
    for number, target in enumerate(["a file", "../names", "/", "nowhere", *NAMES]):
        (links / f"link {number}").symlink_to(target)
    make_shards(folder / "sharded", "samples")


def same_cids() -> list[SameCids]:
    return [
        SameCids(Layout(cid_version, raw_leaves, chunk))
        for cid_version in (0, 1)
        for raw_leaves in (False, True)
        for chunk in CHUNKS
    ]
