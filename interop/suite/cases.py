"""What is tried: who serves, who fetches, what, and that it arrives byte for byte.

One pair of nodes plays the cases of its direction one after the other, and forgets all blocks in
between. Content differs from case to case.
"""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

from .bitswap import commands, daemon
from .child import POLL_SECONDS, Failure
from .content import LAYOUTS, MIB, Block, Content, File, Photos, Shards, Tree, compare
from .helia import PROGRAM, helia
from .kubo import kubo
from .node import Fetcher, Server

# Kubo counts what it has sent after the receiver has it.
COUNTED_SECONDS = 10


@dataclass(frozen=True)
class Programs:
    """The programs that take part; Helia is at its place in this folder."""

    kubo: Path
    bitswap: Path

    def versions(self) -> tuple[str, str]:
        """Of Kubo and Helia."""
        told = subprocess.run([self.kubo, "version", "--number"], capture_output=True, check=True)
        package = json.loads(PROGRAM.with_name("package.json").read_text())
        return told.stdout.decode().strip(), package["dependencies"]["helia"]


@dataclass(frozen=True)
class Direction:
    """Who serves and who fetches, and how many servers there are."""

    serves: str
    fetches: str
    servers: int = 1

    def __str__(self) -> str:
        return f"{self.serves} to {self.fetches}"

    @contextmanager
    def nodes(self, programs: Programs, folder: Path) -> Iterator[tuple[list[Server], Fetcher]]:
        """Servers and a fetcher that know nobody, until the block ends."""
        with ExitStack() as stack:
            servers = [
                stack.enter_context(SERVERS[self.serves](programs, folder / f"server-{number}"))
                for number in range(self.servers)
            ]
            fetcher = FETCHERS[self.fetches](programs, folder / "fetcher")
            yield servers, stack.enter_context(fetcher)


SERVERS: dict[str, Callable] = {
    "bitswap": lambda programs, folder: daemon(programs.bitswap, folder),
    "helia": lambda _programs, folder: helia(folder),
    "kubo": lambda programs, folder: kubo(programs.kubo, folder),
}
FETCHERS: dict[str, Callable] = {
    **SERVERS,
    "bitswap": lambda programs, folder: commands(programs.bitswap, folder),
}


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    direction: Direction
    what: Content
    transport: str = "tcp"

    @property
    def title(self) -> str:
        return f"{self.direction}: {self}"

    def can_follow(self, other: Case) -> bool:
        """Whether the nodes that played `other` can play this one, too.

        A Kubo that had a block, lost it and wants it again sometimes believes that it has asked,
        and does not.
        """
        return self.direction == other.direction and not self.what.has_common_blocks

    def play(self, servers: list[Server], fetcher: Fetcher, folder: Path) -> tuple[int, float]:
        """Returns the bytes that crossed, and the seconds that the fetch took."""
        original, copy = folder / "original", folder / "copy"
        size = self.what.make(original, self.title)
        cids = {self.what.give(server, original) for server in servers}
        if len(cids) != 1:
            raise Failure(f"the servers do not agree on the CID: {sorted(cids)}")
        addresses = self.addresses(servers)
        before = moved(servers, fetcher)
        start = time.monotonic()
        self.what.take(fetcher, cids.pop(), addresses, copy)
        seconds = time.monotonic() - start
        compare(original, copy)
        check_moved(servers, fetcher, before, size)
        for node in (*servers, fetcher):
            node.forget()
        return size, seconds

    def addresses(self, servers: list[Server]) -> list[str]:
        """Where the fetcher is told that the servers are."""
        return [server.address(self.transport) for server in servers]

    def __str__(self) -> str:
        by = "" if self.transport == "tcp" else f", by {self.transport}"
        number = self.direction.servers
        return f"{self.what}{by}" + (f", {number} servers" if number > 1 else "")


def moved(servers: list[Server], fetcher: Fetcher) -> int:
    """Bytes by Bitswap so far, as the side counted them that tells."""
    received = fetcher.received()
    if received is not None:
        return received
    counts = [server.sent() for server in servers]
    if None in counts:
        raise Failure("neither side counts what Bitswap moved")
    return sum(counts)


def check_moved(servers: list[Server], fetcher: Fetcher, before: int, size: int) -> None:
    """Fails unless Bitswap moved at least `size` bytes: content can be right for other reasons."""
    deadline = time.monotonic() + COUNTED_SECONDS
    while (by_bitswap := moved(servers, fetcher) - before) < size:
        if time.monotonic() > deadline:
            raise Failure(f"Bitswap moved {by_bitswap} bytes, of at least {size}")
        time.sleep(POLL_SECONDS)


def cases() -> list[Case]:
    contents: list[Content] = [File(layout, size) for size in SIZES for layout in LAYOUTS]
    contents += [Tree(layout) for layout in LAYOUTS]
    contents += [Shards(LAYOUTS[-1]), Block("raw", 2 * MIB), Block("dag-pb", 2 * MIB)]
    one_mib = File(LAYOUTS[-1], 1 * MIB)
    return [
        *(Case(direction, content) for direction in DIRECTIONS for content in contents),
        *(Case(direction, Photos(LAYOUTS[-1], 6_000)) for direction in DIRECTIONS[:2]),
        Case(Direction("kubo", "bitswap"), one_mib, "quic-v1"),
        Case(Direction("bitswap", "kubo"), one_mib, "quic-v1"),
        Case(Direction("bitswap", "kubo", servers=3), File(LAYOUTS[-1], 100 * MIB)),
        # Larger than the specification has them, and the largest that we take.
        Case(Direction("kubo", "bitswap"), Block("raw", 4 * MIB - 4 * 1024)),
    ]


SIZES = [0, 1, 1 * MIB, 100 * MIB]
DIRECTIONS = [
    Direction("kubo", "bitswap"),
    Direction("bitswap", "kubo"),
    Direction("helia", "bitswap"),
    Direction("bitswap", "helia"),
]
