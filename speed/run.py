#!/usr/bin/env python3
"""Moves the same blocks by bare libp2p streams and by this project, side by side.

    speed/run.py                                        # all systems, workloads and links
    speed/run.py --links 100ms --systems raw-tcp node   # some
    speed/run.py --rounds 9 --json out.json --svg out.svg
    speed/run.py --links loopback --systems raw-tcp ours beetswap node kubo node-from-kubo kubo-from-node

Without --systems nothing is built that is not ours. `beetswap` is built when it is named; those with
Kubo need `interop/kubo/build` before.

Each server, each client and each link is a process of its own. In every round the systems take
turns in random order, with new contents; the table has medians over the rounds, and behind them
the least and the most, of the ratio to the raw TCP stream of the same round. Memory is in MiB: of
client and server what each took at most beyond what it had before, of the whole client its peak,
and the rest a second later. Builds what it runs: needs Rust and Python 3.10 or later. Kubo and Helia
are those of the interop suite: `interop/kubo/build` and `interop/helia/build` install them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Callable, Sequence

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "interop"))

from suite.bitswap import Daemon, daemon
from suite.child import Failure, Service, run
from suite.helia import Helia, helia
from suite.kubo import READY_SECONDS as KUBO_READY_SECONDS
from suite.kubo import Kubo
from suite.node import Layout

from picture import Bar, picture

READY_SECONDS = 60
FETCH_SECONDS = 180
REST_SECONDS = 1
KUBO = ROOT / "interop/kubo/bin/ipfs"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Workload:
    """Which blocks, of how many servers, and how many fetches at a time; 0 is one list."""

    blocks: int
    bytes: int
    servers: int = 1
    window: int = 0


WORKLOADS = {
    "W1": Workload(256, 256 * 1024, window=32),
    "W1-list": Workload(256, 256 * 1024),
    "W2": Workload(20_000, 1024, window=256),
    "W2-list": Workload(20_000, 1024),
    "W3": Workload(256, 256 * 1024, servers=4, window=32),
    "W4": Workload(2_000, 1024, window=1),
    "100MiB": Workload(400, 256 * 1024),
    "512MiB": Workload(2_048, 256 * 1024),
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
    "100ms": [Link(100, 1_000)],
    "300ms": [Link(300, 50)],
    # Every second one of the simulator's scenario E12.
    "E12": [Link(240, 2), Link(80, 10), Link(30, 50), Link(10, 200)],
}
# What is measured on which link.
CASES = {
    "loopback": ["W1", "W1-list", "W2", "W2-list", "W3", "W4", "512MiB"],
    "20ms": ["100MiB", "W2-list"],
    "100ms": ["100MiB", "W2-list"],
    "300ms": ["100MiB"],
    "E12": ["4x64MiB"],
}


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
            command = [program, "serve", *self.names, *options]
            service = place.stack.enter_context(Service(command, folder))
            line = service.wait_for("address", READY_SECONDS, lambda: service.lines() or None)[0]
            address = json.loads(line)["address"]
            servers.append(Meter(service.process.pid))
            sources += ["--from", place.linked(address, links, number)]
        client = place.folder / "client"
        client.mkdir()
        command = [program, "fetch", self.names[0], *options, *sources]
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


class Node:
    """The program `bitswap` as it is installed: its store on disk, its default configuration."""

    def __init__(self, transport: str, *options: str, binary: Path | None = None):
        self.transport = transport
        self.options = options
        self.binary = binary

    def measure(self, place: Place, load: Workload, links: list[Link], seed: int) -> Measure:
        content = contents(load, seed)
        source, copy = place.folder / "source", place.folder / "copy"
        source.write_bytes(content)
        cid, peers, nodes = "", [], []
        for number in range(load.servers):
            server = self.start(place, f"server-{number}")
            chunks = f"--chunker=size-{load.bytes}"
            cid = server.bitswap("add", "--quiet", "--cid-version=1", chunks, source).strip()
            peers.append(f"--peer={place.linked(server.address(self.transport), links, number)}")
            nodes.append(server)
        client = self.start(place, "client", *self.options, *peers)
        client.service.wait_for("peers", READY_SECONDS, lambda: connected(client, load.servers))
        nodes.append(client)
        meters = [Meter(node.service.process.pid) for node in nodes]
        told = client.bitswap("get", cid, "-o", copy, "--json", seconds=FETCH_SECONDS)
        if copy.read_bytes() != content:
            raise Failure("the copy differs from its source")
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
        content = contents(load, seed)
        source, copy = place.folder / "source", place.folder / "copy"
        source.write_bytes(content)
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
        client.get(cid, peers if client_kind == "helia" else [], copy)
        seconds = time.monotonic() - begun
        if copy.read_bytes() != content:
            raise Failure("the copy differs from its source")
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


def contents(load: Workload, seed: int) -> bytes:
    dice = random.Random(seed)
    # Python draws no more than 256 MiB at once.
    return b"".join(dice.randbytes(load.bytes) for _ in range(load.blocks))


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


BASE = "raw-tcp"
BEFORE = "node-before"
SYSTEMS = {
    BASE: Library("raw", "tcp"),
    "raw-sha": Library("raw-sha", "tcp"),
    "raw-quic": Library("raw", "quic"),
    "ours": Library("ours", "tcp"),
    "ours-quic": Library("ours", "quic"),
    "node": Node("tcp"),
    "node-quic": Node("quic-v1"),
    "node-fast": Node("tcp", "--strategy=peer_selector=expected-finish"),
}
# What is measured only if it is named.
OTHERS = {
    "beetswap": Library("beetswap", "tcp", "speed-others"),
    "kubo": Between("kubo", "kubo"),
    "node-from-kubo": Between("kubo", "node"),
    "kubo-from-node": Between("node", "kubo"),
    "helia": Between("helia", "helia"),
    "node-from-helia": Between("helia", "node"),
    "helia-from-node": Between("node", "helia"),
}


def main() -> int:
    options = parse_options()
    target = build(options)
    names = options.systems or list(SYSTEMS)
    SYSTEMS.update(OTHERS)
    if options.before:
        SYSTEMS[BEFORE] = Node("tcp", binary=options.before.resolve())
        names.append(BEFORE)
    cases = [
        (link, load)
        for link in options.links or CASES
        for load in CASES[link]
        if not options.workloads or load in options.workloads
    ]
    measures: dict[tuple[str, str, str], list[Measure | None]] = {}
    dice = random.Random(options.seed)
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", flush=True)
    for number in range(options.rounds):
        for link, load in cases:
            for name in dice.sample(names, len(names)):
                if not fits(name, load):
                    continue
                taken = take(target, name, load, link, dice.getrandbits(60))
                measures.setdefault((link, load, name), []).append(taken)
                if options.verbose:
                    print(number, link, load, name, taken, flush=True)
    tell(measures)
    if options.json:
        rows = [
            {
                "link": link,
                "workload": load,
                "system": name,
                "rounds": [measure and asdict(measure) for measure in each],
            }
            for (link, load, name), each in measures.items()
        ]
        options.json.write_text(json.dumps(rows, indent=1))
    if options.svg:
        title = f"Speed beside a bare libp2p stream, medians of {options.rounds} rounds"
        options.svg.write_text(picture(title, bars(measures)))
    return 0


def fits(name: str, load: str) -> bool:
    """Single blocks are the libraries'; a raw stream cannot choose among unequal servers."""
    if load == "4x64MiB":
        return not name.startswith("raw")
    return load != "W4" or isinstance(SYSTEMS[name], Library)


def take(target: Path, name: str, load: str, link: str, seed: int) -> Measure | None:
    with TemporaryDirectory(prefix="bitswap-speed-") as folder:
        place = Place(Path(folder), target / "speed", target / "bitswap")
        with place.stack:
            try:
                return SYSTEMS[name].measure(place, WORKLOADS[load], LINKS[link], seed)
            except Failure as failure:
                print(f"{link} {load} {name}: {failure}", flush=True)
                return None


def tell(measures: dict[tuple[str, str, str], list[Measure | None]]) -> None:
    print(
        f"{'link':<9}{'workload':<9}{'system':<16}{'seconds':>9}{'speed ÷ raw':>21}"
        f"{'CPU ÷ raw':>10}{'received':>9}{'p50 µs':>9}{'p99 µs':>9}{'client':>8}{'server':>8}"
        f"{'peak':>8}{'rest':>8}"
    )
    for (link, load, name), each in measures.items():
        base = measures.get((link, load, BASE), [])
        pairs = [(ours, raw) for ours, raw in zip(each, base) if ours and raw]
        good = [measure for measure in each if measure]
        if not good:
            print(f"{link:<9}{load:<9}{name:<16}{'failed':>9}")
            continue
        used = [(ours.cpu_seconds, raw.cpu_seconds) for ours, raw in pairs]
        cpu = [ours / raw for ours, raw in used if ours and raw]
        print(
            f"{link:<9}{load:<9}{name:<16}{median(m.seconds for m in good):>9.3f}"
            f"{spread([raw.seconds / ours.seconds for ours, raw in pairs]):>21}"
            f"{f'{median(cpu):.2f}' if cpu else '-':>10}"
            f"{middle([m.received_by_useful for m in good], '.3f'):>9}"
            f"{middle([m.p50_us for m in good], '.0f'):>9}"
            f"{middle([m.p99_us for m in good], '.0f'):>9}"
            f"{mib([m.client_bytes for m in good]):>8}{mib([m.server_bytes for m in good]):>8}"
            f"{mib([m.client_peak_bytes for m in good]):>8}"
            f"{mib([m.client_rest_bytes for m in good]):>8}"
        )


def bars(measures: dict[tuple[str, str, str], list[Measure | None]]) -> dict[str, list[Bar]]:
    cases: dict[str, list[Bar]] = {}
    for (link, load, name), each in sorted(measures.items(), key=lambda item: order(item[0])):
        base = measures.get((link, load, BASE), [])
        ratios = [raw.seconds / ours.seconds for ours, raw in zip(each, base) if ours and raw]
        if ratios:
            seconds = median(measure.seconds for measure in each if measure)
            cases.setdefault(f"{load}, {link}", []).append(Bar(name, ratios, seconds))
    return cases


def order(case: tuple[str, str, str]) -> tuple[int, int, int]:
    link, load, name = case
    return list(LINKS).index(link), list(WORKLOADS).index(load), [*SYSTEMS].index(name)


def spread(ratios: list[float]) -> str:
    if not ratios:
        return "-"
    return f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def middle(values: list[float | None], form: str) -> str:
    known = [value for value in values if value is not None]
    return format(median(known), form) if known else "-"


def mib(values: list[int | None]) -> str:
    return middle([value and value / 2**20 for value in values], ".0f")


def build(options: argparse.Namespace) -> Path:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
    env = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    if not options.no_build:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, env=env, check=True)
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=HERE, env=env, check=True)
        if "beetswap" in (options.systems or []):
            build = ["cargo", "build", "--release", "--quiet"]
            subprocess.run(build, cwd=HERE / "others", env=env, check=True)
    return target / "release"


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed, side by side.")
    option = parser.add_argument
    option("--rounds", type=int, default=5, help="how often each is measured (%(default)s)")
    some(option, "--systems", {**SYSTEMS, **OTHERS})
    some(option, "--links", LINKS)
    some(option, "--workloads", WORKLOADS)
    option("--seed", type=int, default=0, help="what contents and order follow from (%(default)s)")
    option("--before", type=Path, help="the program of an earlier commit, as " + BEFORE)
    option("--json", type=Path, help="where to write each measure")
    option("--svg", type=Path, help="where to write a picture of the table")
    option("--no-build", action="store_true", help="run what is built")
    option("--verbose", action="store_true", help="tell each measure")
    return parser.parse_args()


def some(option: Callable[..., object], name: str, known: dict[str, object]) -> None:
    option(name, nargs="+", choices=known, metavar="NAME", help="of: " + ", ".join(known))


if __name__ == "__main__":
    sys.exit(main())
