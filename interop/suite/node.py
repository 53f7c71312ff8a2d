"""What the suite asks of a node, whoever made it, and how content is cut into blocks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Layout:
    """Import settings, called as in `ipfs add`."""

    cid_version: int
    raw_leaves: bool
    chunk: int

    def options(self) -> list[str]:
        """As options for a command line, which Kubo and we share."""
        return [
            f"--cid-version={self.cid_version}",
            f"--raw-leaves={str(self.raw_leaves).lower()}",
            f"--chunker=size-{self.chunk}",
        ]

    def __str__(self) -> str:
        leaves = "raw" if self.raw_leaves else "dag-pb"
        return f"CIDv{self.cid_version}, {leaves} leaves"


class Server(Protocol):
    """A running node that can be asked. Each raises `Failure` if it does not do as told in time."""

    def address(self, transport: str) -> str:
        """Where peers reach it on loopback, with its peer id; by `tcp` or `quic-v1`."""

    def add(self, path: Path, layout: Layout) -> str:
        """Takes a file or directory; returns its CID."""

    def put(self, path: Path, codec: str) -> str:
        """Takes a file as one block, `raw` or `dag-pb`; returns its CID, of version 1."""

    def sent(self) -> int | None:
        """Bytes of blocks that it sent by Bitswap so far, if it tells."""

    def forget(self) -> None:
        """Loses all blocks, so that no case is answered by what an earlier one left."""


class Fetcher(Protocol):
    """A node that asks, and knows nobody but whom it is told. It fails as a `Server` does."""

    def get(self, cid: str, peers: list[str], into: Path) -> None:
        """Fetches a file or directory from the nodes at these multiaddrs."""

    def block(self, cid: str, peers: list[str], into: Path) -> None:
        """Fetches one block."""

    def received(self) -> int | None:
        """Bytes of blocks that it received by Bitswap so far, if it tells."""

    def forget(self) -> None:
        """Loses all blocks, so that no case is answered by what an earlier one left."""
