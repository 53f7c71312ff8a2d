"""The program under test, driven by its command line as a user would."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Iterator, Sequence

from .child import Failure, Service, run
from .node import Layout

READY_SECONDS = 60
COMMAND_SECONDS = 60
FETCH_SECONDS = 120

# Free ports that no other machine can reach.
LISTEN = ["tcp/0", "udp/0/quic-v1"]


class Commands:
    """Commands on the data directory in `folder`, which each runs by itself if no daemon does.

    `inside` goes before each, as in `ip netns exec NAME`.
    """

    def __init__(self, binary: Path, folder: Path, inside: Sequence[str] = ()):
        self.program = [*inside, binary]
        self.folder = folder
        self.data = folder / "data"
        folder.mkdir()

    def only_hash(self, path: Path, layout: Layout) -> str:
        """The CID that `path` would have."""
        return self.bitswap("add", "--quiet", "--only-hash", *layout.options(), str(path)).strip()

    def get(self, cid: str, peers: list[str], into: Path) -> None:
        self.bitswap("get", cid, *at(peers), "-o", str(into), seconds=FETCH_SECONDS)

    def block(self, cid: str, peers: list[str], into: Path) -> None:
        self.bitswap("block", "get", cid, *at(peers), seconds=FETCH_SECONDS, output=into)

    def received(self) -> None:
        """Each command is a node of its own, whose counts end with it."""

    def forget(self) -> None:
        rmtree(self.data, ignore_errors=True)

    def bitswap(
        self, *arguments: str, seconds: float = COMMAND_SECONDS, output: Path | None = None
    ) -> str:
        command = [*self.program, *arguments]
        return run(command, self.folder, seconds, output, **self.env())

    def env(self) -> dict[str, str]:
        # As everybody here, it knows nobody but whom it is told.
        return {
            "BITSWAP_DIR": str(self.data),
            "BITSWAP__NETWORK__MDNS": "false",
            "BITSWAP__NAT__UPNP": "false",
            "BITSWAP__ROUTING__DELEGATED": "[]",
            "BITSWAP__ROUTING__DHT": "off",
        }


class Daemon(Commands):
    """Commands that are carried out by a running daemon."""

    def address(self, transport: str) -> str:
        for address in self.addresses:
            if address.startswith("/ip4/127.0.0.1/") and f"/{transport}" in address:
                return address
        raise Failure(f"the daemon has no address on loopback for {transport}: {self.addresses}")

    def add(self, path: Path, layout: Layout) -> str:
        return self.bitswap("add", "--quiet", *layout.options(), str(path)).strip()

    def put(self, path: Path, codec: str) -> str:
        return self.bitswap("block", "put", "--quiet", f"--codec={codec}", str(path)).strip()

    def sent(self) -> None:
        """Fetchers count."""

    def forget(self) -> None:
        """What a server keeps tells nothing of what a fetcher gets."""

    def ready(self) -> bool | None:
        for line in self.service.lines():
            try:
                printed = json.loads(line)
            except ValueError:
                raise Failure(f"not a line of JSON, as --json promises: {line}") from None
            if printed.get("event") == "ready":
                self.addresses = printed["addresses"]
                self.report = printed
                return True
        return None


@contextmanager
def commands(binary: Path, folder: Path, node: type[Commands] = Commands) -> Iterator[Commands]:
    """A data directory without a daemon."""
    yield node(binary, folder)


@contextmanager
def daemon(
    binary: Path,
    folder: Path,
    *options: str,
    listen: Sequence[str] = LISTEN,
    inside: Sequence[str] = (),
    node: type[Daemon] = Daemon,
) -> Iterator[Daemon]:
    """A daemon that listens on loopback, with an empty data directory."""
    node = node(binary, folder, inside)
    where = [f"--listen=/ip4/127.0.0.1/{each}" for each in listen]
    command = [*node.program, "daemon", "--json", "--metrics-port=0", *where, *options]
    with Service(command, folder, **node.env()) as node.service:
        node.service.wait_for("line that says ready", READY_SECONDS, node.ready)
        yield node


def at(peers: list[str]) -> list[str]:
    return [f"--peer={peer}" for peer in peers]
