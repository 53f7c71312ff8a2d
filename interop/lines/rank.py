#!/usr/bin/env python3
"""Whether the simulator puts peer selectors into the order in which real nodes have them.

    cargo build --release && cargo build --release -p bitswap-sim && interop/lines/rank.py [--set gate]

Each world of `rank.toml` is fetched with each selector, by real nodes over real lines (`run.py`) and
by nodes of the simulator, over ideal transports and over those with a ramp, several times each; real
runs go by turns. Two selectors are a *pair* of a world if their real medians differ by more than 10 %
and the intervals of these are apart; the simulator *agrees* if its medians are in the same order.
Fails if it does not, with a ramp, for nine pairs of ten, or if a median is 15 % off with a ramp.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from statistics import median
from typing import Iterator

import run
from play import Told
from world import World, worlds_of

FILE = run.HERE / "rank.toml"
SELECTORS = ["probabilistic", "power-of-two", "expected-finish", "bandwidth-delay", "lowest-latency", "random"]
GATE_SELECTORS = ["probabilistic", "random"]
NETWORKS = ["ideal", "ramp"]
SIM_SEEDS = range(1, 6)
# Real medians that differ by less are alike.
ALIKE = 1.1
AGREE_LEAST = 0.9
OFF_MOST = 0.15
RESAMPLES = 2000
Times = dict[str, list[float]]


def main() -> int:
    options = parse_options()
    if why_not := run.missing(options):
        print(why_not, file=sys.stderr)
        return 2
    selectors = GATE_SELECTORS if options.set == "gate" else SELECTORS
    worlds = [world for world in worlds_of(FILE) if run.chosen(world, options)]
    real, failed = measured(worlds, selectors, options)
    print("| world, selector | real s | 95 % of the median | ideal s | ÷ real | ramp s | ÷ real |")
    print("|---|---|---|---|---|---|---|")
    pairs, off, agree = 0, 0, dict.fromkeys(NETWORKS, 0)
    for world in worlds:
        times = real[str(world)]
        simulated = {it: {one: simulate(world, one, it, options) for one in times} for it in NETWORKS}
        for row in rows(world, times, simulated):
            print(row, flush=True)
        off += sum(abs(simulated["ramp"][one] / median(it) - 1) > OFF_MOST for one, it in times.items())
        for one, other in told_apart(times):
            pairs += 1
            for network, seconds in simulated.items():
                agree[network] += (seconds[one] < seconds[other]) == (median(times[one]) < median(times[other]))
    told = ", ".join(f"{network} {count}" for network, count in agree.items())
    print(f"\nOf {pairs} pairs so many are in the same order: {told}; {failed} real fetches failed; {off} medians are off")
    return 1 if failed or off or agree["ramp"] < AGREE_LEAST * pairs else 0


def measured(
    worlds: list[World], selectors: list[str], options: argparse.Namespace
) -> tuple[dict[str, Times], int]:
    """Seconds of all fetches, by world and selector, and how many failed."""
    seconds: dict[str, Times] = defaultdict(lambda: defaultdict(list))
    failed = 0
    turns = [replace(world, selector=it) for world in worlds for it in selectors]
    for world, told in run.played(turns * options.times, options):
        if isinstance(told, Told) and told.ended == "ok":
            seconds[str(replace(world, selector=""))][world.selector].append(told.seconds)
        else:
            failed += 1
            print(f"{world}: {told if isinstance(told, str) else told.ended}", file=sys.stderr)
    return seconds, failed


def simulate(world: World, selector: str, network: str, options: argparse.Namespace) -> float:
    """The median of several seeds, in seconds; infinite if a fetch failed."""
    command = [options.sim, "world", FILE, f"--only={world}", f"--strategies=peer_selector={selector}"]
    command += ["--ramp"] if network == "ramp" else []
    return median(seconds_of(command + [f"--seed={seed}"]) for seed in SIM_SEEDS)


def seconds_of(command: list) -> float:
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    row = next(line for line in told.splitlines() if line.startswith("| rank: "))
    _, _, ended, seconds, *_ = (cell.strip() for cell in row.split("|"))
    return float(seconds) if ended == "ok" else float("inf")


def rows(world: World, times: Times, simulated: dict[str, dict[str, float]]) -> Iterator[str]:
    yield f"| **{world}** |||||||"
    for selector, real in sorted(times.items(), key=lambda it: median(it[1])):
        cells = [selector, f"{median(real):.2f}", "{:.2f} to {:.2f}".format(*interval(real))]
        for seconds in simulated.values():
            cells += [f"{seconds[selector]:.2f}", f"{seconds[selector] / median(real):.2f}"]
        yield f"| {' | '.join(cells)} |"


def told_apart(times: Times) -> list[tuple[str, str]]:
    """The selectors of which real nodes say that one is faster than the other."""

    def differ(one: list[float], other: list[float]) -> bool:
        fast, slow = sorted([one, other], key=median)
        return median(slow) > ALIKE * median(fast) and interval(fast)[1] < interval(slow)[0]

    return [pair for pair in combinations(times, 2) if differ(times[pair[0]], times[pair[1]])]


def interval(seconds: list[float]) -> tuple[float, float]:
    """Where 95 % of the medians of samples from these are."""
    dice = random.Random(len(seconds))
    medians = sorted(median(dice.choices(seconds, k=len(seconds))) for _ in range(RESAMPLES))
    return medians[RESAMPLES // 40], medians[-RESAMPLES // 40]


def parse_options() -> argparse.Namespace:
    # Their lines are to be what they wait for, and not the processor.
    run.SIDE_BY_SIDE = 3
    return run.parser("Whether the simulator ranks selectors as real nodes do.", times=10).parse_args()


if __name__ == "__main__":
    sys.exit(main())
