"""Who moves it: programs that serve and fetch, each measured by the processes that it starts."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Sequence

from suite.bitswap import Daemon, daemon
from suite.child import Failure, Service, run
from suite.helia import Helia, helia
from suite.kubo import READY_SECONDS as KUBO_READY_SECONDS
from suite.kubo import Kubo
from suite.node import Layout

from cases import Link, Workload, write

READY_SECONDS = 60
FETCH_SECONDS = 180
REST_SECONDS = 1
KUBO = Path(__file__).resolve().parent.parent / "interop/kubo/bin/ipfs"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Measure:
    """One fetch of everything, with both sides' costs."""

    seconds: float
    received_by_useful: float | None = None
    p50_us: float | None = None
    p99_us: float | None = None
    client_bytes: int | None = None
    server_bytes: int | None = None
    cpu_seconds: float | None = None
    # Of the whole process, at its most and after the fetch.
    client_peak_bytes: int | None = None
    client_rest_bytes: int | None = None


@dataclass
class Place:
    """Where a measure is taken: a folder of its own, and the programs."""

    folder: Path
    speed: Path
    bitswap: Path
    stack: ExitStack = field(default_factory=ExitStack)

    def linked(self, address: str, links: list[Link], number: int) -> str:
        """The address of a server through its link, if there is one."""
        if not links:
            return address
        link = links[number % len(links)]
        port, kind = address.split("/")[4], address.split("/")[3]
        folder = self.folder / f"link-{number}"
        folder.mkdir()
        options = ["--to", f"127.0.0.1:{port}", "--delay-ms", str(link.round_trip_ms // 2)]
        command = [self.speed, "link", *options, "--mbit", str(link.mbit)]
        service = self.stack.enter_context(Service(command, folder))
        line = service.wait_for("link", READY_SECONDS, lambda: service.lines() or None)[0]
        return address.replace(f"/{kind}/{port}", f"/{kind}/{json.loads(line)['port']}", 1)


class Library:
    """A subject of the program `speed`, or of another with the same commands beside it."""

    def __init__(self, system: str, transport: str, program: str = "speed"):
        self.names = [system, transport]
        self.program = program

    def measure(self, place: Place, load: Workload, links: list[Link], seed: int) -> Measure:
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
        told = run([*command, "--window", str(load.window)], client, FETCH_SECONDS)
        report = json.loads(told)
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


class DiskLibrary(Library):
    """Our library with the store of the real node."""

    def store(self, folder: Path) -> list[str]:
        return [f"--store={folder / 'blocks'}"]


class Node:
    """The program `bitswap` as it is installed: its store on disk, its default configuration."""

    def __init__(self, transport: str, *options: str, binary: Path | None = None):
        self.transport = transport
        self.options = options
        self.binary = binary

    def measure(self, place: Place, load: Workload, links: list[Link], seed: int) -> Measure:
        source, copy = place.folder / "source", place.folder / "copy"
        write(load, seed, source)
        cid, peers, nodes = "", [], []
        for number in range(load.servers):
            server = self.start(place, f"server-{number}")
            chunks = f"--chunker=size-{load.bytes}"
            add = ["add", "--quiet", "--cid-version=1", chunks, source]
            added = server.bitswap(*add, seconds=FETCH_SECONDS)
            cid = added.strip()
            peers.append(f"--peer={place.linked(server.address(self.transport), links, number)}")
            nodes.append(server)
        client = self.start(place, "client", *self.options, *peers)
        client.service.wait_for("peers", READY_SECONDS, lambda: connected(client, load.servers))
        nodes.append(client)
        meters = [Meter(node.service.process.pid) for node in nodes]
        told = client.bitswap("get", cid, "-o", copy, "--json", seconds=FETCH_SECONDS)
        compare(source, copy)
        return Measure(
            seconds=json.loads(told)["seconds"],
            client_bytes=meters[-1].memory(),
            server_bytes=sum(meter.memory() for meter in meters[:-1]),
            cpu_seconds=sum(meter.cpu() for meter in meters),
            client_peak_bytes=meters[-1].kib("VmHWM") * 1024,
            client_rest_bytes=meters[-1].rest(),
        )

    def start(self, place: Place, name: str, *more: str) -> Daemon:
        listen = ["tcp/0" if self.transport == "tcp" else f"udp/0/{self.transport}"]
        binary = self.binary or place.bitswap
        return place.stack.enter_context(daemon(binary, place.folder / name, *more, listen=listen))


class Between:
    """Two programs, each `kubo`, `helia` or `node`: which of them serves, and which fetches."""

    def __init__(self, server: str, client: str):
        self.kinds = [server, client]

    def measure(self, place: Place, load: Workload, links: list[Link], seed: int) -> Measure:
        source, copy = place.folder / "source", place.folder / "copy"
        write(load, seed, source)
        layout = Layout(cid_version=1, raw_leaves=True, chunk=load.bytes)
        server_kind, client_kind = self.kinds
        cid, peers, meters = "", [], []
        for number in range(load.servers):
            server, pid = start(place, server_kind, f"server-{number}", [])
            cid = server.add(source, layout)
            peers.append(place.linked(server.address("tcp"), links, number))
            meters.append(Meter(pid))
        client, pid = start(place, client_kind, "client", peers)
        meters.append(Meter(pid))
        begun = time.monotonic()
        if client_kind == "kubo" and not load.is_tree:
            # It asks ahead within a file, so that the suite's pin before it would only cost time.
            client.ipfs("get", cid, "-o", str(copy), seconds=FETCH_SECONDS)
        else:
            client.get(cid, peers if client_kind == "helia" else [], copy)
        seconds = time.monotonic() - begun
        compare(source, copy)
        return Measure(
            seconds=seconds,
            client_bytes=meters[-1].memory(),
            server_bytes=sum(meter.memory() for meter in meters[:-1]),
            cpu_seconds=sum(meter.cpu() for meter in meters),
            client_peak_bytes=meters[-1].kib("VmHWM") * 1024,
            client_rest_bytes=meters[-1].rest(),
        )


def start(
    place: Place, kind: str, name: str, peers: Sequence[str]
) -> tuple[Daemon | Kubo | Helia, int]:
    """A running program that is connected to `peers`, except Helia, which dials when it fetches."""
    folder = place.folder / name
    if kind == "node":
        known = [f"--peer={peer}" for peer in peers]
        node = place.stack.enter_context(daemon(place.bitswap, folder, *known, listen=["tcp/0"]))
        node.service.wait_for("peers", READY_SECONDS, lambda: connected(node, len(peers)))
        return node, node.service.process.pid
    if kind == "helia":
        served = place.stack.enter_context(helia(folder))
        return served, served.service.process.pid
    kubo = Kubo(KUBO, folder)
    service = place.stack.enter_context(Service([KUBO, "daemon"], folder, **kubo.env))
    service.wait_for("answer of its API", KUBO_READY_SECONDS, kubo.ready)
    kubo.connect(peers)
    return kubo, service.process.pid


def compare(source: Path, copy: Path) -> None:
    if subprocess.run(["diff", "-rq", source, copy], capture_output=True).returncode != 0:
        raise Failure("the copy differs from its source")


def connected(node: Daemon, count: int) -> bool | None:
    return len(node.bitswap("peers", "--json").splitlines()) >= count or None


class Meter:
    """What a process uses from now on."""

    def __init__(self, pid: int):
        self.folder = Path(f"/proc/{pid}")
        self.cpu_before, self.memory_before = self.ticks(), self.kib("VmRSS")

    def cpu(self) -> float:
        return (self.ticks() - self.cpu_before) / TICKS

    def memory(self) -> int:
        """Peak memory above what was there, in bytes."""
        return (self.kib("VmHWM") - self.memory_before) * 1024

    def rest(self) -> int:
        """Memory once it has nothing to do, in bytes."""
        time.sleep(REST_SECONDS)
        return self.kib("VmRSS") * 1024

    def ticks(self) -> int:
        fields = (self.folder / "stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def kib(self, key: str) -> int:
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise Failure(f"{self.folder} has no {key}")


# The program in the folder `others`.
PEERS = "speed-others"
BASE = "raw-tcp"
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
    "beetswap": Library("beetswap", "tcp", PEERS),
    "rust-ipfs": Library("rust-ipfs", "tcp", PEERS),
    "kubo": Between("kubo", "kubo"),
    "node-from-kubo": Between("kubo", "node"),
    "kubo-from-node": Between("node", "kubo"),
    "helia": Between("helia", "helia"),
    "node-from-helia": Between("helia", "node"),
    "helia-from-node": Between("node", "helia"),
}
