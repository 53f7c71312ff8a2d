#!/usr/bin/env python3
"""Fetches by real nodes over real lines, beside a bare TCP stream over the same line in the same run.

    cargo build --release && interop/kubo/build && interop/lines/run.py [--set gate] [--only WORDS]
    cargo build --release -p bitswap-sim && interop/lines/run.py --against-simulator

Nodes of ours and Kubos live in network namespaces at the ends of lines (`link.c`: rates, delay and
queue of packets, so that TCP and QUIC stay end to end). What takes place stands in `worlds/*.toml`,
with what is so today: a run that comes out otherwise is red, also one that succeeds where its file
says `fails`. Runs that only wait for their lines go side by side, fast ones alone. Needs root,
iproute2, cc and Python 3.11 or later; exits with 1 if a run is not as its file says.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Iterator

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from against_simulator import against_simulator
from play import Told, play
from world import World, all_worlds

# Each is two daemons that wait; more would make a small machine the line.
SIDE_BY_SIDE = 24
OTHERS = ("broadcasts", "look-ups", "dials")
HEAD = (
    "| world | ended | time ÷ raw | raw | received ÷ needed; carried | asks ended | broadcasts, "
    "look-ups, dials | peak MiB client, server | as its file says |\n" + "|---" * 9 + "|"
)


def main() -> int:
    options = parse_options()
    why_not = missing(options)
    if why_not:
        print(why_not, file=sys.stderr)
        return 2
    if options.against_simulator:
        return against_simulator(options.bitswap, options.sim)
    worlds = [world for world in all_worlds() if chosen(world, options)]
    for world in [world for world in worlds if not can_be_played(world, options)]:
        print(f"not tried, as its program is not there: {world}")
        worlds.remove(world)
    print(f"{len(worlds)} runs, TCP with {congestion_control()}\n{HEAD}", flush=True)
    begun, otherwise, rows = time.monotonic(), 0, []
    for world, told in played(worlds * options.times, options):
        difference = differs(world, told)
        otherwise += difference is not None
        rows.append(row_of(world, told, difference))
        print(rows[-1], flush=True)
    told = f"{len(rows) - otherwise} of {len(rows)} runs are as their files say"
    print(f"{told}, in {time.monotonic() - begun:.0f} s")
    if options.markdown:
        options.markdown.write_text("\n".join([HEAD, *sorted(rows), "", told + "."]) + "\n")
    return 1 if otherwise or not rows else 0


def played(worlds: list[World], options: argparse.Namespace) -> Iterator[tuple[World, Told | str]]:
    programs = {"ours": options.bitswap, "kubo": options.kubo, "reader": options.reader}
    slow = [world for world in worlds if not world.is_fast()]
    # The longest first, so that nothing is waited for alone at the end.
    slow.sort(key=World.line_seconds, reverse=True)
    with ProcessPoolExecutor(SIDE_BY_SIDE, max_tasks_per_child=1) as pool:
        runs = {pool.submit(play, world, programs): world for world in slow}
        for run in as_completed(runs):
            yield runs[run], run.result()
    for world in worlds:
        if world.is_fast():
            yield world, play(world, programs)


def differs(world: World, told: Told | str) -> str | None:
    """What is not as the file of the world says."""
    if isinstance(told, str):
        return "it could not be played"
    succeeds = told.ended == "ok"
    if world.expect == "varies":
        return None
    if succeeds != (world.expect == "succeeds"):
        return f"its file says that it {world.expect}"
    if succeeds and world.at_most and told.ratio() > world.at_most:
        return f"more than {world.at_most} of the bare stream's time"
    if succeeds and world.received_at_most and told.received > world.received_at_most:
        return f"more than {world.received_at_most} of the needed bytes"
    if succeeds and world.cancelled_at_most and told.cancelled > world.cancelled_at_most:
        return f"more than {world.cancelled_at_most} of what was cancelled"
    return None


def row_of(world: World, told: Told | str, difference: str | None) -> str:
    verdict = f"**NO: {difference}**" if difference else "yes"
    if isinstance(told, str):
        return f"| {world} | {' '.join(told.split())} |  |  |  |  |  |  | {verdict} |"
    counts = told.counts
    others = ", ".join(f"{counts.pop(it):.0f}" if it in counts else "–" for it in OTHERS)
    asks = ", ".join(f"{count:.0f} {kind}" for kind, count in counts.items() if count)
    ended = told.ended if told.ended == "ok" else f"after {told.seconds:.0f} s {told.ended}"
    cells = [
        str(world),
        ended.replace("|", "/"),
        f"{told.ratio():.2f}" if told.ended == "ok" and told.raw_seconds else "",
        f"{told.raw_seconds:.2f} s" if told.raw_seconds else "",
        f"{told.received:.2f}; {told.carried:.2f}",
        "; ".join(text for text in (asks, told.besides) if text),
        others,
        f"{told.client_mib:.0f}, {told.server_mib:.0f}",
        verdict,
    ]
    return f"| {' | '.join(cells)} |"


def chosen(world: World, options: argparse.Namespace) -> bool:
    return options.only in str(world) and (options.set == "all" or world.gate)


def can_be_played(world: World, options: argparse.Namespace) -> bool:
    lacks_kubo = "kubo" in (world.server, world.client, world.relay) and not is_program(options.kubo)
    return not lacks_kubo and (world.readers == 0 or is_program(options.reader))


def missing(options: argparse.Namespace) -> str | None:
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    if not is_program(options.bitswap):
        return f"not a program: {options.bitswap}"
    if not os.path.exists("/dev/net/tun"):
        return "this kernel has no TUN devices"
    return None


def is_program(path: Path) -> bool:
    return os.access(path, os.X_OK)


def congestion_control() -> str:
    return Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()


def parse_options() -> argparse.Namespace:
    options = parser("Real fetches over real lines.", times=1)
    options.add_argument("--markdown", type=Path, help="a file for the table")
    options.add_argument("--against-simulator", action="store_true", help="three fetches, also simulated")
    return options.parse_args()


def parser(description: str, times: int) -> argparse.ArgumentParser:
    """Which programs, which worlds, and how often."""
    target = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target")
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("--bitswap", type=Path, default=target / "release/bitswap", help="our program")
    option("--kubo", type=Path, default=HERE.parent / "kubo/bin/ipfs", help="Kubo's program")
    reader = target / "release/standing-reader"
    option("--reader", type=Path, default=reader, help="the program of ../standing-reader")
    option("--set", choices=["all", "gate"], default="all", help="which worlds")
    option("--only", default="", metavar="WORDS", help="runs with these words in their names")
    option("--times", type=int, default=times, help="how often each is run")
    option("--sim", type=Path, default=target / "release/bitswap-sim", help="our simulator")
    return parser


if __name__ == "__main__":
    sys.exit(main())
