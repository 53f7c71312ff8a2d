"""What is moved, and over which links."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path


FILES_IN_FOLDER = 100


@dataclass(frozen=True)
class Workload:
    """Which blocks, of how many servers, and how many fetches at a time; 0 is one list.

    Of a tree, how many files, and how long they are in the middle.
    """

    blocks: int
    bytes: int
    servers: int = 1
    window: int = 0
    is_tree: bool = False


WORKLOADS = {
    "W1": Workload(256, 256 * 1024, window=32),
    "W1-list": Workload(256, 256 * 1024),
    "W2": Workload(20_000, 1024, window=256),
    "W2-list": Workload(20_000, 1024),
    "W3": Workload(256, 256 * 1024, servers=4, window=32),
    "W4": Workload(2_000, 1024, window=1),
    "100MiB": Workload(400, 256 * 1024),
    "512MiB": Workload(2_048, 256 * 1024),
    "2GiB": Workload(8_192, 256 * 1024),
    "tree": Workload(30_000, 10 * 1024, is_tree=True),
    "4x64MiB": Workload(256, 256 * 1024, servers=4),
}


@dataclass(frozen=True)
class Link:
    """Milliseconds there and back, and millions of bits a second."""

    round_trip_ms: int
    mbit: int


# The links to the servers, by turns; without any, servers are reached directly.
LINKS = {
    "loopback": [],
    "20ms": [Link(20, 1_000)],
    "50ms": [Link(50, 1_000)],
    "100ms": [Link(100, 1_000)],
    "200ms": [Link(200, 1_000)],
    "300ms": [Link(300, 50)],
    # Every second one of the simulator's scenario E12.
    "E12": [Link(240, 2), Link(80, 10), Link(30, 50), Link(10, 200)],
}
# What is measured on which link.
CASES = {
    "loopback": ["W1", "W1-list", "W2", "W2-list", "W3", "W4", "512MiB", "2GiB", "tree"],
    "20ms": ["100MiB", "W2-list"],
    "50ms": ["100MiB", "W2-list"],
    "100ms": ["100MiB", "W2-list"],
    "200ms": ["100MiB", "W2-list"],
    "300ms": ["100MiB"],
    "E12": ["4x64MiB"],
}


def write(load: Workload, seed: int, target: Path) -> None:
    """A file of random bytes that is cut into the blocks, or a tree of files that are not empty."""
    dice = random.Random(seed)
    if not load.is_tree:
        with target.open("wb") as file:
            # Python draws no more than 256 MiB at once.
            for _ in range(load.blocks):
                file.write(dice.randbytes(load.bytes))
        return
    for number in range(load.blocks):
        folder = target / f"{number // FILES_IN_FOLDER}"
        folder.mkdir(parents=True, exist_ok=True)
        length = dice.randint(1, 2 * load.bytes)
        (folder / f"{number}").write_bytes(dice.randbytes(length))
