"""The simulator's board, evaluated over a small comparison that Prometheus was given afterwards."""

import subprocess
from pathlib import Path

from . import render
from .live import Result, evaluate, expressions, filled_in
from .prometheus import Prometheus, Window

COMPARISON = [
    "compare", "peer_selector=probabilistic", "peer_selector=expected-finish",
    "peer_selector=random", "--scenario", "E10,E12", "--seeds", "0..3",
]
SCENARIO = ["scenario", "liars"]
# From the first second of 2000 (`bitswap_sim::open_metrics`), longer than the longest of these runs.
WINDOW = Window(span=30, step=0.5, end=946_684_800 + 30)
CONFIG = "global: {scrape_interval: 1s}\n"


def run(program: Path, board: dict, scratch: Path, pictures: Path | None) -> list[Result]:
    """The results of all expressions; draws the board, if it is to."""
    blocks = scratch / "data"
    files = [scratch / "compared" / "runs.om", scratch / "liars.om"]
    simulate(program, *COMPARISON, "--out", str(files[0].parent))
    simulate(program, *SCENARIO, "--metrics", str(files[1]))
    for file in files:
        take_in(file, blocks)
    # Blocks of long ago are kept: how old they are is counted from the newest.
    prometheus = Prometheus(scratch, CONFIG, WINDOW)
    try:
        results = [evaluate(prometheus, *asked) for asked in expressions([board])]
        if pictures:
            fill = lambda expression: filled_in(expression, "")  # noqa: E731
            for picture in render.write(prometheus, [board], fill, pictures):
                print(f"drawn  {picture}", flush=True)
        return results
    finally:
        prometheus.stop()


def simulate(program: Path, *arguments: str) -> None:
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300)
    if ran.returncode:
        raise RuntimeError(f"{program.name} {' '.join(arguments)}: {ran.stdout}{ran.stderr}")


def take_in(file: Path, blocks: Path) -> None:
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(blocks)]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"promtool does not take {file.name}: {ran.stdout}{ran.stderr}")
