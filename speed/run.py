#!/usr/bin/env python3
"""Moves the same blocks by bare libp2p streams and by this project, side by side.

    speed/run.py                                        # all systems, workloads and links
    speed/run.py --links 100ms --systems raw-tcp node   # some
    speed/run.py --rounds 9 --json out.json --svg out.svg
    speed/run.py --links loopback --systems raw-tcp ours beetswap node kubo node-from-kubo kubo-from-node

Without --systems nothing is built that is not ours. `beetswap` and `rust-ipfs` are built when they
are named.

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
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Callable

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "interop"))

from suite.child import Failure

from cases import CASES, LINKS, WORKLOADS
from picture import Bar, picture
from systems import BASE, BEFORE, OTHERS, SYSTEMS, Library, Measure, Node, Place


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
    return 0 if all(all(each) for each in measures.values()) else 1


def fits(name: str, load: str) -> bool:
    """Single blocks are the libraries'; a raw stream cannot choose among unequal servers, and what
    is larger than memory need be, and trees, are for programs with files."""
    if load == "4x64MiB":
        return not name.startswith("raw")
    is_library = isinstance(SYSTEMS[name], Library)
    if load in ("2GiB", "tree"):
        return not is_library
    return load != "W4" or is_library


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
        if {"beetswap", "rust-ipfs"}.intersection(options.systems or []):
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
