"""Fetches over links of a known rate and latency, beside what the simulator says of them.

What is measured is the time that `bitswap get` tells of itself, over a connection that is there
and was used before: the simulator knows neither handshakes nor the start of a process. Headers of
TCP, of encryption and of the muxer are in what is measured; the simulator has 40 bytes for each
message. TCP is end to end, and begins slowly after each pause; the simulator's does not.
"""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from play import Run, Told
from suite.child import Failure
from world import World

TIMES = 5
LEAVES = 32
QUEUE_MS = 300


@dataclass(frozen=True)
class Case:
    """A file of 32 equal leaves, and the way that it goes."""

    latency_ms: int
    mbit: int
    leaf_bytes: int
    # How far off the simulator may be.
    tolerance: float

    def __str__(self) -> str:
        size = LEAVES * self.leaf_bytes // 1024
        return f"{size} KiB, {self.latency_ms} ms one way, {self.mbit} Mbit/s"


# Where latency and rate weigh alike, where the rate decides, and where the latency does: there it is
# 1.18 to 1.19 times as long, as TCP begins slowly, which a forwarder that ended TCP had hidden.
CASES = [
    Case(50, 20, 64 * 1024, 0.15),
    Case(10, 20, 256 * 1024, 0.15),
    Case(100, 100, 16 * 1024, 0.3),
]


def against_simulator(binary: Path, sim: Path) -> int:
    print(f"{'fetch':<40} {'simulated':>10} {'measured':>10} {'spread':>17} {'ratio':>6}")
    failed = 0
    for case in CASES:
        try:
            measured, root_bytes = measure(case, binary)
        except Failure as failure:
            print(f"{case}: {failure}")
            failed += 1
            continue
        simulated = simulate(case, sim, root_bytes)
        ratio = median(measured) / simulated
        is_near = abs(ratio - 1) <= case.tolerance
        failed += not is_near
        spread = f"{min(measured):.3f} to {max(measured):.3f}"
        print(
            f"{case!s:<40} {simulated:>8.3f} s {median(measured):>8.3f} s {spread:>17} {ratio:>6.3f}"
            + ("" if is_near else "  too far")
        )
    return 1 if failed else 0


def measure(case: Case, binary: Path) -> tuple[list[float], int]:
    """Seconds of several fetches of different files of one shape, and the size of their roots."""
    size, rate = LEAVES * case.leaf_bytes, case.mbit * 125
    line = {"up_kb_per_s": rate, "delay_ms": case.latency_ms, "queue_ms": QUEUE_MS}
    world = World(str(case), size, case.leaf_bytes, **line)
    with TemporaryDirectory(prefix="bitswap-lines-") as folder, ExitStack() as stack:
        run = Run(world, {"ours": binary}, Path(folder), stack)
        server, seconds, root = run.servers[0], [], Path(folder) / "root.block"
        for number in range(TIMES + 1):
            cid, told = run.file(str(number), size, case.leaf_bytes), Told()
            server.bitswap("block", "get", cid, output=root)
            run.fetch(told, str(number), cid, [server.at("tcp")])
            if told.ended != "ok":
                raise Failure(told.ended)
            seconds.append(told.seconds)
        # The first one only opens streams.
        return seconds[1:], root.stat().st_size


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
