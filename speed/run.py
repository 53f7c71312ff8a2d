#!/usr/bin/env python3
"""Moves the same blocks by bare libp2p streams and by this project, side by side.

    speed/run.py                                        # ours and raw, all workloads and links
    speed/run.py --links 100ms --systems raw-tcp node   # some
    speed/run.py --rounds 9 --json out.json --svg out.svg
    speed/run.py --systems all --links loopback 20ms    # other programs, too
    speed/run.py --links loopback --systems raw-tcp ours beetswap node kubo node-from-kubo kubo-from-node

Without --systems nothing is built that is not ours. `beetswap` and `rust-ipfs` are built when they
are named. `all` is each system where it tells something.

Each server, each client and each link is a process of its own. In every round the systems take
turns in random order, with new contents; the table has medians over the rounds, and behind them
the least and the most, of the ratio to the raw TCP stream of the same round, and of the time ÷ that
of Kubo from Kubo. What does not end within `--seconds` is told as far as it came, and is not run
again. A tree that Kubo serves is the same in all rounds, as it takes minutes to add. Memory is in
MiB: of client and server what each took at most beyond what it had before, of the whole client its
peak, and the rest a second later. Builds what it runs: needs Rust and Python 3.10 or later. Kubo
and Helia are those of the interop suite: `interop/kubo/build` and `interop/helia/build` install
them.
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
from tempfile import TemporaryDirectory
from typing import Callable

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "interop"))

from suite.child import Failure

from cases import CASES, LINKS, WORKLOADS
from measure import Measure, Place, Unfinished
from picture import picture
from systems import BEFORE, EVERY, OTHERS, SYSTEMS, Library, Node, is_told
from table import Case, Rounds, bars, tell


def main() -> int:
    options = parse_options()
    target = build(options)
    cases = choose(options)
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", flush=True)
    measures = measure_all(options, target, cases)
    tell(measures)
    if options.json:
        rows = [
            {
                "link": link,
                "workload": load,
                "system": name,
                "rounds": [taken and asdict(taken) for taken in each],
            }
            for (link, load, name), each in measures.items()
        ]
        options.json.write_text(json.dumps(rows, indent=1))
    if options.svg:
        title = f"Speed beside a bare libp2p stream, medians of {options.rounds} rounds"
        options.svg.write_text(picture(title, bars(measures)))
    return 0 if all(all(each) for each in measures.values()) else 1


def choose(options: argparse.Namespace) -> list[tuple[str, str, list[str]]]:
    """Links, workloads, and the systems that are measured with both."""
    names = options.systems or list(SYSTEMS)
    SYSTEMS.update(OTHERS)
    is_all = EVERY in names
    if is_all:
        names = list(SYSTEMS)
    if options.before:
        SYSTEMS[BEFORE] = Node("tcp", binary=options.before.resolve())
        names.append(BEFORE)
    is_measured = is_told if is_all else lambda *_: True
    return [
        (link, load, [name for name in names if fits(name, load) and is_measured(link, load, name)])
        for link in options.links or CASES
        for load in CASES[link]
        if not options.workloads or load in options.workloads
    ]


def measure_all(
    options: argparse.Namespace, target: Path, cases: list[tuple[str, str, list[str]]]
) -> dict[Case, Rounds]:
    measures: dict[Case, Rounds] = {}
    dice = random.Random(options.seed)
    with TemporaryDirectory(prefix="bitswap-speed-kept-") as kept:
        for number in range(options.rounds):
            for link, load, names in cases:
                for name in dice.sample(names, len(names)):
                    seed = dice.getrandbits(60)
                    each = measures.setdefault((link, load, name), [])
                    # What did not end once would only cost as long again.
                    if any(isinstance(one, Unfinished) for one in each):
                        continue
                    each.append(take(options, target, Path(kept), (link, load, name), seed))
                    if options.verbose:
                        print(number, link, load, name, each[-1], flush=True)
    return {case: each for case, each in measures.items() if each}


def fits(name: str, load: str) -> bool:
    """Single blocks are the libraries'; a raw stream cannot choose among unequal servers, and what
    is larger than memory need be, and trees, are for programs with files."""
    if load == "4x64MiB":
        return not name.startswith("raw")
    is_library = isinstance(SYSTEMS[name], Library)
    if load in ("2GiB", "tree"):
        return not is_library
    return load != "W4" or is_library


def take(
    options: argparse.Namespace, target: Path, kept: Path, case: Case, seed: int
) -> Measure | Unfinished | None:
    link, load, name = case
    with TemporaryDirectory(prefix="bitswap-speed-") as folder:
        speed, bitswap = target / "speed", target / "bitswap"
        place = Place(Path(folder), speed, bitswap, kept, options.seconds)
        with place.stack:
            try:
                return SYSTEMS[name].measure(place, WORKLOADS[load], LINKS[link], seed)
            except Failure as failure:
                print(f"{link} {load} {name}: {failure}", flush=True)
                return None


def build(options: argparse.Namespace) -> Path:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
    env = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    if not options.no_build:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, env=env, check=True)
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=HERE, env=env, check=True)
        if {"beetswap", "rust-ipfs", EVERY}.intersection(options.systems or []):
            build = ["cargo", "build", "--release", "--quiet"]
            subprocess.run(build, cwd=HERE / "others", env=env, check=True)
    return target / "release"


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed, side by side.")
    option = parser.add_argument
    option("--rounds", type=int, default=5, help="how often each is measured (%(default)s)")
    some(option, "--systems", {**SYSTEMS, **OTHERS, EVERY: None})
    some(option, "--links", LINKS)
    some(option, "--workloads", WORKLOADS)
    option("--seed", type=int, default=0, help="what contents and order follow from (%(default)s)")
    option("--seconds", type=int, default=180, help="how long a fetch may take (%(default)s)")
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
