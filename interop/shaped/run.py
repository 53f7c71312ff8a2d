#!/usr/bin/env python3
"""Fetches by real nodes over links of a known rate and latency, beside what the simulator says.

    cargo build --release && cargo build --release -p bitswap-sim && interop/shaped/run.py

Two `bitswap` daemons live in network namespaces of their own, joined by a veth pair whose ends are
both shaped by `tbf`; `delay.py` in front of the server lets each byte wait for the latency. Prints
what the simulator says, the median of what was measured, and their ratio; exits with 1 if one is
off by more than the tolerance. Needs root, iproute2 and Python 3.10 or later.

What is measured is the time that `bitswap get` tells of itself, over a connection that is there
and was used before: the simulator knows neither handshakes nor the start of a process. Since the
forwarder ends TCP on both of its sides, TCP sees a round trip of nearly nothing and is past its
slow start before the first block is through; the simulator has no slow start either. Headers of
TCP, of encryption and of the muxer are in what is measured; the simulator has 40 bytes for each
message.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from suite.bitswap import Daemon, daemon
from suite.child import Failure, Service, run

TIMES = 5
LEAVES = 32
SERVER, FETCHER = "10.77.77.1", "10.77.77.2"
PORT = 4077
# On loopback inside its namespace: what is outside reaches it through the forwarder only.
LISTEN = ["tcp/0"]
# As little as lets the shaper keep up at the highest rate here, so that little goes out unshaped.
BURST_BYTES = 32 * 1024
READY_SECONDS = 60
FETCH_SECONDS = 120


@dataclass(frozen=True)
class Case:
    """A file of 32 equal leaves, and the way that it goes."""

    latency_ms: int
    mbit: int
    leaf_bytes: int

    def __str__(self) -> str:
        size = LEAVES * self.leaf_bytes // 1024
        return f"{size} KiB, {self.latency_ms} ms one way, {self.mbit} Mbit/s"


# Where latency and rate weigh alike, where the rate decides, and where the latency does.
CASES = [Case(50, 20, 64 * 1024), Case(10, 20, 256 * 1024), Case(100, 100, 16 * 1024)]


def main() -> int:
    options = parse_options()
    if os.geteuid() != 0:
        print("only root makes network namespaces", file=sys.stderr)
        return 2
    for binary in (options.bitswap, options.sim):
        if not os.access(binary, os.X_OK):
            print(f"not a program: {binary}", file=sys.stderr)
            return 2
    print(f"{'fetch':<40} {'simulated':>10} {'measured':>10} {'spread':>17} {'ratio':>6}")
    failed = 0
    for case in CASES:
        try:
            measured, root_bytes = measure(case, options.bitswap)
        except Failure as failure:
            print(f"{case}: {failure}")
            failed += 1
            continue
        simulated = simulate(case, options.sim, root_bytes)
        ratio = median(measured) / simulated
        is_near = abs(ratio - 1) <= options.tolerance
        failed += not is_near
        spread = f"{min(measured):.3f} to {max(measured):.3f}"
        print(
            f"{case!s:<40} {simulated:>8.3f} s {median(measured):>8.3f} s {spread:>17} {ratio:>6.3f}"
            + ("" if is_near else "  too far")
        )
    return 1 if failed else 0


def measure(case: Case, binary: Path) -> tuple[list[float], int]:
    """Seconds of several fetches of different files of one shape, and the size of their roots."""
    with TemporaryDirectory(prefix="bitswap-shaped-") as folder, ExitStack() as stack:
        root = Path(folder)
        link = stack.enter_context(Link(case.mbit))
        served = daemon(binary, root / "server", listen=LISTEN, inside=link.server)
        server = stack.enter_context(served)
        port, peer = server.address("tcp").split("/")[4::2]
        # Enough for the way there and back, and for what the kernel would hold besides.
        most = 2 * case.mbit * 125 * case.latency_ms + 256 * 1024
        delay = [sys.executable, HERE / "delay.py", f"{SERVER}:{PORT}", f"127.0.0.1:{port}"]
        (root / "delay").mkdir()
        command = [*link.server, *delay, str(case.latency_ms), str(most)]
        forwarder = stack.enter_context(Service(command, root / "delay"))
        forwarder.wait_for("forwarder", READY_SECONDS, lambda: forwarder.lines() or None)
        known = f"/ip4/{SERVER}/tcp/{PORT}/p2p/{peer}"
        fetched = daemon(
            binary, root / "fetcher", f"--peer={known}", listen=LISTEN, inside=link.fetcher
        )
        fetcher = stack.enter_context(fetched)

        seconds, root_bytes = [], 0
        # The first one only opens streams.
        for number in range(TIMES + 1):
            content = random.Random(number).randbytes(LEAVES * case.leaf_bytes)
            source, copy = root / f"{number}.source", root / f"{number}.copy"
            source.write_bytes(content)
            chunks = f"--chunker=size-{case.leaf_bytes}"
            cid = server.bitswap("add", "--quiet", "--cid-version=1", chunks, str(source)).strip()
            root_bytes = block_size(server, cid, root / "root.block")
            told = fetcher.bitswap("get", cid, "-o", str(copy), "--json", seconds=FETCH_SECONDS)
            if copy.read_bytes() != content:
                raise Failure("the copy differs from its source")
            if number > 0:
                seconds.append(json.loads(told)["seconds"])
        return seconds, root_bytes


def simulate(case: Case, binary: Path, root_bytes: int) -> float:
    numbers = {
        "--latency-ms": case.latency_ms,
        "--mbit": case.mbit,
        "--root-bytes": root_bytes,
        "--leaves": LEAVES,
        "--leaf-bytes": case.leaf_bytes,
    }
    told = [f"{name}={number}" for name, number in numbers.items()]
    command = [binary, "calibrate", "fetch", *told]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Link:
    """Two network namespaces, joined by a pair of interfaces of a known rate."""

    def __init__(self, mbit: int):
        self.mbit = mbit
        self.names = [f"bitswap-{side}-{os.getpid()}" for side in ("server", "fetcher")]
        self.server, self.fetcher = (["ip", "netns", "exec", name] for name in self.names)

    def __enter__(self) -> Link:
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def make(self) -> None:
        for name in self.names:
            do("ip", "netns", "add", name)
            do("ip", "-n", name, "link", "set", "lo", "up")
        ends = ["type", "veth", "peer", "name", "way", "netns", self.names[1]]
        do("ip", "-n", self.names[0], "link", "add", "way", *ends)
        shape = ["tbf", "rate", f"{self.mbit}mbit", "burst", str(BURST_BYTES), "latency", "300ms"]
        for name, address in zip(self.names, (SERVER, FETCHER)):
            do("ip", "-n", name, "address", "add", f"{address}/30", "dev", "way")
            do("ip", "-n", name, "link", "set", "way", "up")
            do("tc", "-n", name, "qdisc", "add", "dev", "way", "root", *shape)

    def __exit__(self, *_: object) -> None:
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def block_size(node: Daemon, cid: str, into: Path) -> int:
    node.bitswap("block", "get", cid, output=into)
    return into.stat().st_size


def do(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")


def parse_options() -> argparse.Namespace:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target")
    parser = argparse.ArgumentParser(
        description="Real fetches over shaped links, beside what the simulator says of them.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("--bitswap", type=Path, default=target / "release/bitswap", help="our program")
    option("--sim", type=Path, default=target / "release/bitswap-sim", help="our simulator")
    option("--tolerance", type=float, default=0.15, help="how far off is near enough")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
