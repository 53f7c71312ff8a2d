"""A Kubo daemon with a repository of its own, on loopback, on free ports, alone until connected."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from .child import Failure, Service, run

READY_SECONDS = 60
COMMAND_SECONDS = 60
COUNTED_SECONDS = 10

# On top of the profile `test`. Blocks must come by Bitswap from the peer that the case connects.
SETTINGS = {
    "Routing.Type": "none",
    "Provide.Enabled": False,
    "HTTPRetrieval.Enabled": False,
    "Discovery.MDNS.Enabled": False,
    "Swarm.RelayClient.Enabled": False,
    "Swarm.EnableHolePunching": False,
}


class Kubo:
    """What a case can ask of a running daemon."""

    def __init__(self, binary: Path, folder: Path):
        self.binary = binary
        self.folder = folder
        self.env = {"IPFS_PATH": str(folder / "repo"), "IPFS_TELEMETRY": "off"}

    def address(self) -> str:
        """Where peers reach it: a loopback TCP multiaddr with its peer id."""
        addresses = self.ipfs("id", "--format=<addrs>").split()
        for address in addresses:
            if address.startswith("/ip4/127.0.0.1/tcp/") and "/p2p/" in address:
                return address
        raise Failure(f"Kubo listens nowhere on loopback TCP: {addresses}")

    def add(self, path: Path, *options: str) -> str:
        return self.ipfs("add", "--quieter", *options, str(path)).strip()

    def connect(self, address: str) -> None:
        self.ipfs("swarm", "connect", address)

    def cat(self, cid: str, into: Path, seconds: float) -> None:
        self.ipfs("cat", cid, seconds=seconds, output=into)

    def moved(self, counter: str) -> int:
        """Payload bytes that Bitswap moved so far; `counter` is `DataSent` or `DataReceived`."""
        return json.loads(self.ipfs("bitswap", "stat", "--enc=json"))[counter]

    def check_moved(self, counter: str, size: int) -> None:
        """Fails unless Bitswap moved at least `size` bytes: a file can be right for other reasons.

        Waits a little, because Kubo counts what it sent after the receiver has it.
        """
        self.service.wait_for(
            f"{counter} of at least {size} in Kubo's counters",
            COUNTED_SECONDS,
            lambda: self.moved(counter) >= size or None,
        )

    def ready(self) -> bool | None:
        # Without an `api` file a command would open the repository itself and lock the daemon out.
        if not (self.folder / "repo/api").exists():
            return None
        try:
            self.ipfs("swarm", "addrs", "listen")
        except Failure:
            return None
        return True

    def ipfs(
        self, *arguments: str, seconds: float = COMMAND_SECONDS, output: Path | None = None
    ) -> str:
        return run([self.binary, *arguments], self.folder, seconds, output, **self.env)


@contextmanager
def kubo(binary: Path, folder: Path) -> Iterator[Kubo]:
    """A daemon that answers, with an empty repository in `folder`."""
    folder.mkdir()
    node = Kubo(binary, folder)
    node.ipfs("init", "--profile=test")
    for key, value in SETTINGS.items():
        node.ipfs("config", "--json", key, json.dumps(value))
    with Service([binary, "daemon"], folder, **node.env) as node.service:
        node.service.wait_for("answer of its API", READY_SECONDS, node.ready)
        yield node
