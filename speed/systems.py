"""Who moves it: programs that serve and fetch, each measured by the processes that it starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Sequence

from suite.bitswap import COMMAND_SECONDS, Daemon, daemon
from suite.child import Service, TimeUp, run

from between import Between
from cases import Link, Workload, write
from measure import ADD_SECONDS, READY_SECONDS, Measure, Meter, Place, Unfinished
from measure import compare, connected, left_off

# What a program that ends by itself once its time is up may take beyond that.
GRACE_SECONDS = 20


class Library:
    """A subject of the program `speed`, or of another with the same commands beside it."""

    def __init__(self, system: str, transport: str, program: str = "speed"):
        self.names = [system, transport]
        self.program = program

    def measure(
        self, place: Place, load: Workload, links: list[Link], seed: int
    ) -> Measure | Unfinished:
        shape = ["--blocks", load.blocks, "--bytes", load.bytes, "--seed", seed]
        cids = ["--cids", place.folder / "cids"]
        options = [str(option) for option in (*shape, *cids)]
        servers, sources = [], []
        program = place.speed.with_name(self.program)
        for number in range(load.servers):
            folder = place.folder / f"server-{number}"
            folder.mkdir()
            command = [program, "serve", *self.names, *options, *self.store(folder)]
            service = place.stack.enter_context(Service(command, folder))
            line = service.wait_for("address", READY_SECONDS, lambda: service.lines() or None)[0]
            address = json.loads(line)["address"]
            servers.append(Meter(service.process.pid))
            sources += ["--from", place.linked(address, links, number)]
        client = place.folder / "client"
        client.mkdir()
        command = [program, "fetch", self.names[0], *options, *sources, *self.store(client)]
        command += ["--window", str(load.window), *self.limit(place)]
        report = json.loads(run(command, client, place.seconds + GRACE_SECONDS))
        if "came" in report:
            return Unfinished(report["came"], load.blocks, "blocks", place.seconds)
        return Measure(
            seconds=report["seconds"],
            received_by_useful=report["received"] and report["received"] / report["useful"],
            p50_us=report["p50_us"],
            p99_us=report["p99_us"],
            client_bytes=report["above_payload"],
            server_bytes=sum(server.memory() for server in servers),
            cpu_seconds=report["cpu_seconds"] + sum(server.cpu() for server in servers),
        )

    def store(self, _folder: Path) -> list[str]:
        """The option that says where blocks are kept, if they are."""
        return []

    def limit(self, _place: Place) -> list[str]:
        """The option that says how long a fetch may take, if there is one."""
        return []


class OtherLibrary(Library):
    """One of the program in the folder `others`, which can tell how far it came."""

    def __init__(self, system: str):
        super().__init__(system, "tcp", "speed-others")

    def limit(self, place: Place) -> list[str]:
        return [f"--seconds={place.seconds}"]


class DiskLibrary(Library):
    """Our library with the store of the real node."""

    def store(self, folder: Path) -> list[str]:
        return [f"--store={folder / 'blocks'}"]


class Node:
    """The program `bitswap` as it is installed: its store on disk, its default configuration."""

    def __init__(
        self,
        transport: str,
        *options: str,
        binary: Path | None = None,
        server: type[Daemon] = Daemon,
    ):
        self.transport = transport
        self.options = options
        self.binary = binary
        self.server = server

    def measure(
        self, place: Place, load: Workload, links: list[Link], seed: int
    ) -> Measure | Unfinished:
        source, copy = place.folder / "source", place.folder / "copy"
        write(load, seed, source)
        cid, peers, nodes = "", [], []
        for number in range(load.servers):
            server = self.start(place, f"server-{number}", node=self.server)
            chunks = f"--chunker=size-{load.bytes}"
            add = ["add", "--quiet", "--cid-version=1", chunks, source]
            added = server.bitswap(*add, seconds=ADD_SECONDS)
            cid = added.strip()
            peers.append(f"--peer={place.linked(server.address(self.transport), links, number)}")
            nodes.append(server)
        client = self.start(place, "client", *self.options, *peers)
        client.service.wait_for("peers", READY_SECONDS, lambda: connected(client, load.servers))
        nodes.append(client)
        meters = [Meter(node.service.process.pid) for node in nodes]
        try:
            told = client.bitswap("get", cid, "-o", copy, "--json", seconds=place.seconds)
        except TimeUp:
            return left_off(source, copy, place.seconds)
        compare(source, copy)
        return Measure(
            seconds=json.loads(told)["seconds"],
            client_bytes=meters[-1].memory(),
            server_bytes=sum(meter.memory() for meter in meters[:-1]),
            cpu_seconds=sum(meter.cpu() for meter in meters),
            client_peak_bytes=meters[-1].kib("VmHWM") * 1024,
            client_rest_bytes=meters[-1].rest(),
        )

    def start(
        self, place: Place, name: str, *more: str, node: type[Daemon] = Daemon
    ) -> Daemon:
        listen = ["tcp/0" if self.transport == "tcp" else f"udp/0/{self.transport}"]
        folder = place.folder / name
        if self.binary is None:
            started = daemon(place.bitswap, folder, *more, listen=listen, node=node)
        else:
            started = daemon(self.binary, folder, *more, listen=listen, node=Earlier)
        return place.stack.enter_context(started)


class Forgetful(Daemon):
    """A node that remembers as few wants of a peer as Kubo does."""

    def env(self) -> dict[str, str]:
        return {**super().env(), "BITSWAP__LIMITS__WANTS_PER_PEER": "1024"}


class Earlier(Daemon):
    """A program of an earlier commit, which takes no settings that it does not know."""

    def __init__(self, binary: Path, folder: Path, inside: Sequence[str] = ()):
        super().__init__(binary, folder, inside)
        schema = json.loads(run([*self.program, "config", "schema"], folder, COMMAND_SECONDS))
        self.sections = schema["properties"]

    def env(self) -> dict[str, str]:
        return {name: value for name, value in super().env().items() if self.knows(name)}

    def knows(self, variable: str) -> bool:
        prefix, _, setting = variable.partition("__")
        section, _, key = setting.lower().partition("__")
        if prefix != "BITSWAP" or not setting:
            return True
        return key in self.sections.get(section, {}).get("properties", {})


BASE = "raw-tcp"
KUBO_BASE = "kubo"
BEFORE = "node-before"
SYSTEMS = {
    BASE: Library("raw", "tcp"),
    "raw-sha": Library("raw-sha", "tcp"),
    "raw-quic": Library("raw", "quic"),
    "ours": Library("ours", "tcp"),
    "ours-disk": DiskLibrary("ours-disk", "tcp"),
    "ours-quic": Library("ours", "quic"),
    "node": Node("tcp"),
    "node-quic": Node("quic-v1"),
    "node-fast": Node("tcp", "--strategy=peer_selector=expected-finish"),
}
# What is measured only if it is named.
OTHERS = {
    "node-1024": Node("tcp", server=Forgetful),
    "beetswap": OtherLibrary("beetswap"),
    "rust-ipfs": OtherLibrary("rust-ipfs"),
    KUBO_BASE: Between("kubo", "kubo"),
    "node-from-kubo": Between("kubo", "node"),
    "kubo-from-node": Between("node", "kubo"),
    "helia": Between("helia", "helia"),
    "node-from-helia": Between("helia", "node"),
    "helia-from-node": Between("node", "helia"),
}
EVERY = "all"
# Where the table of `all` has them; the others are wherever they fit.
WITH_ALL = {
    "node-fast": ["4x64MiB"],
    "node-1024": ["W2-list"],
    KUBO_BASE: ["100MiB", "512MiB", "2GiB", "tree"],
    "node-from-kubo": ["512MiB", "tree"],
    "kubo-from-node": ["512MiB", "tree"],
    "helia": ["100MiB"],
    "node-from-helia": ["100MiB"],
    "helia-from-node": ["100MiB"],
    "raw-quic": ["W1", "100MiB"],
    "ours-quic": ["W1", "100MiB"],
    "node-quic": ["W1", "100MiB"],
    BEFORE: ["W1-list", "W2-list", "100MiB", "512MiB"],
}
# The slowest link tells how a long way is filled, of one program of each kind.
ON_SLOWEST = ("300ms", ["raw-tcp", "ours", "node", "beetswap", KUBO_BASE])


def is_told(link: str, load: str, name: str) -> bool:
    """Whether the table of `all` has it."""
    slowest, systems = ON_SLOWEST
    return load in WITH_ALL.get(name, [load]) and (link != slowest or name in systems)
