"""A Kubo daemon with a repository of its own, on loopback, on free ports, alone until connected."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Sequence

from .child import Failure, Service, run
from .node import Layout

READY_SECONDS = 60
COMMAND_SECONDS = 60
FETCH_SECONDS = 120

# On top of the profile `test`. Blocks must come by Bitswap from the peers that the case connects.
SETTINGS = {
    "Addresses.Swarm": ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"],
    "Routing.Type": "none",
    "Provide.Enabled": False,
    "HTTPRetrieval.Enabled": False,
    "Discovery.MDNS.Enabled": False,
    "Swarm.RelayClient.Enabled": False,
    "Swarm.EnableHolePunching": False,
}


Settings = dict[str, object]


class Repository:
    """What Kubo does without a daemon; in `folder`, where it keeps everything."""

    # Goes before each command, as in `ip netns exec NAME`: its API listens on loopback there.
    inside: Sequence[str] = ()

    def __init__(self, binary: Path, folder: Path, settings: Settings | None = None):
        self.binary = binary
        self.folder = folder
        self.env = {"IPFS_PATH": str(folder / "repo"), "IPFS_TELEMETRY": "off"}
        folder.mkdir()
        self.ipfs("init", "--profile=test")
        self.set({**SETTINGS, **(settings or {})})

    def only_hash(self, path: Path, layout: Layout) -> str:
        """The CID that `path` would have."""
        return self.ipfs("add", "-Qr", "--only-hash", *layout.options(), str(path)).strip()

    def set(self, settings: Settings) -> None:
        # A command for each would take longer than a transfer.
        file = self.folder / "repo/config"
        config = json.loads(file.read_text())
        for name, value in settings.items():
            *tables, key = name.split(".")
            table = config
            for part in tables:
                table = table.setdefault(part, {})
            table[key] = value
        file.write_text(json.dumps(config))

    def ipfs(
        self, *arguments: str, seconds: float = COMMAND_SECONDS, output: Path | None = None
    ) -> str:
        command = [*self.inside, self.binary, *arguments]
        return run(command, self.folder, seconds, output, **self.env)


class Kubo(Repository):
    """A running daemon."""

    def address(self, transport: str) -> str:
        addresses = self.ipfs("id", "--format=<addrs>").split()
        for address in addresses:
            if address.startswith("/ip4/127.0.0.1/") and f"/{transport}/" in address:
                return address
        raise Failure(f"Kubo has no address on loopback for {transport}: {addresses}")

    def add(self, path: Path, layout: Layout) -> str:
        return self.ipfs("add", "-Qr", "--pin=false", *layout.options(), str(path)).strip()

    def put(self, path: Path, codec: str) -> str:
        command = ["block", "put", "--allow-big-block", f"--cid-codec={codec}", str(path)]
        return self.ipfs(*command).strip()

    def get(self, cid: str, peers: list[str], into: Path) -> None:
        self.connect(peers)
        # A pin asks for all blocks that it can, where `get` asks for one small file after the
        # other, and takes 20 ms for each.
        self.ipfs("pin", "add", cid, seconds=FETCH_SECONDS)
        self.ipfs("get", cid, "-o", str(into), seconds=FETCH_SECONDS)
        self.ipfs("pin", "rm", cid)

    def block(self, cid: str, peers: list[str], into: Path) -> None:
        self.connect(peers)
        self.ipfs("block", "get", cid, seconds=FETCH_SECONDS, output=into)

    def connect(self, peers: list[str]) -> None:
        for peer in peers:
            self.ipfs("swarm", "connect", peer)

    def gateway(self) -> str:
        """The URL of its gateway."""
        return (self.folder / "repo/gateway").read_text().strip()

    def sent(self) -> int:
        return self.counted("DataSent")

    def received(self) -> int:
        return self.counted("DataReceived")

    def counted(self, counter: str) -> int:
        return json.loads(self.ipfs("bitswap", "stat", "--enc=json"))[counter]

    def forget(self) -> None:
        self.ipfs("repo", "gc", "--silent")

    def ready(self) -> bool | None:
        # Without an `api` file a command would open the repository itself and lock the daemon out.
        if not (self.folder / "repo/api").exists():
            return None
        try:
            self.ipfs("swarm", "addrs", "listen")
        except Failure:
            return None
        return True


@contextmanager
def kubo(
    binary: Path, folder: Path, settings: Settings | None = None, node: type[Kubo] = Kubo
) -> Iterator[Kubo]:
    """A daemon that answers, with an empty repository in `folder`."""
    node = node(binary, folder, settings)
    with Service([binary, "daemon"], folder, **node.env) as service:
        service.wait_for("answer of its API", READY_SECONDS, node.ready)
        yield node
