"""What is tried: who serves, who fetches, what, and that it arrives byte for byte.

Each case has content and daemons of its own, so none depends on another.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from .bitswap import demo, get
from .child import Failure
from .kubo import kubo

MIB = 1024 * 1024
# Loopback takes two seconds for 100 MiB; this is for a machine with other things to do.
FETCH_SECONDS = 120


@dataclass(frozen=True)
class Bench:
    """The two programs, an empty folder for one case, and the seed of that case's bytes."""

    kubo: Path
    bitswap: Path
    folder: Path
    seed: str

    def original(self, size: int) -> Path:
        """A file of `size` bytes that no compression or deduplication makes smaller."""
        path = self.folder / "original"
        path.write_bytes(hashlib.shake_128(self.seed.encode()).digest(size))
        return path


@dataclass(frozen=True)
class Case:
    """One row of the table; `play` returns the seconds that the fetch took, or raises `Failure`."""

    serves: str
    fetches: str
    what: str
    size: int
    play: Callable[[Bench, int], float]

    @property
    def title(self) -> str:
        return f"{self.serves} to {self.fetches}: {self.what}"


def from_kubo(*add_options: str) -> Callable[[Bench, int], float]:
    def play(bench: Bench, size: int) -> float:
        original, copy = bench.original(size), bench.folder / "copy"
        with kubo(bench.kubo, bench.folder / "kubo") as node:
            cid, address = node.add(original, *add_options), node.address()
            seconds = timed(lambda: get(bench.bitswap, cid, address, copy, FETCH_SECONDS))
            check_identical(original, copy)
            node.check_moved("DataSent", size)
            return seconds

    return play


def to_kubo(servers: int) -> Callable[[Bench, int], float]:
    def play(bench: Bench, size: int) -> float:
        original, copy = bench.original(size), bench.folder / "copy"
        with (
            demo(bench.bitswap, original, bench.folder / "demo", servers) as served,
            kubo(bench.kubo, bench.folder / "kubo") as node,
        ):
            for address in served.addresses:
                node.connect(address)
            seconds = timed(lambda: node.cat(served.root, copy, FETCH_SECONDS))
            check_identical(original, copy)
            node.check_moved("DataReceived", size)
            return seconds

    return play


def timed(step: Callable[[], None]) -> float:
    start = time.monotonic()
    step()
    return time.monotonic() - start


def check_identical(original: Path, copy: Path) -> None:
    if not copy.exists():
        raise Failure("no file was written")
    expected, arrived = original.read_bytes(), copy.read_bytes()
    if arrived != expected:
        raise Failure(f"expected {show(expected)}\narrived  {show(arrived)}")


def show(content: bytes) -> str:
    return f"{len(content)} bytes with sha256 {hashlib.sha256(content).hexdigest()}"


RAW_LEAVES = ("--cid-version=1", "--raw-leaves")

CASES = [
    Case("kubo", "bitswap", "1 MiB, default layout", 1 * MIB, from_kubo()),
    Case("kubo", "bitswap", "1 MiB, CIDv1 and raw leaves", 1 * MIB, from_kubo(*RAW_LEAVES)),
    Case("kubo", "bitswap", "100 MiB, default layout", 100 * MIB, from_kubo()),
    Case("kubo", "bitswap", "100 MiB, CIDv1 and raw leaves", 100 * MIB, from_kubo(*RAW_LEAVES)),
    Case("bitswap", "kubo", "1 MiB, one server", 1 * MIB, to_kubo(servers=1)),
    Case("bitswap", "kubo", "100 MiB, one server", 100 * MIB, to_kubo(servers=1)),
    Case("bitswap", "kubo", "100 MiB, three servers", 100 * MIB, to_kubo(servers=3)),
]
