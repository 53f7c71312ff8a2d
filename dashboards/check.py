#!/usr/bin/env python3
"""Checks the boards, rules and alerts, down to the data that each panel shows of real nodes.

PROGRAM is the built `bitswap`. The simulator's board shows a comparison by `bitswap-sim`, which is
looked for beside it. Needs Debian's prometheus, and npm for Grafana's types. With --pictures each board is drawn as it was under load, and photographed by Debian's chromium.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import generate
from checks import live, rules, schema, shape, simulator

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
SIMULATED = "bitswap-simulator"


def main() -> int:
    options = parse_options()
    program = options.program.resolve()
    boards = shape.boards(HERE / "grafana")
    with tempfile.TemporaryDirectory(prefix="bitswap-dashboards-") as scratch:
        folders = [Path(scratch) / name for name in ("schema", "simulator", "live")]
        for folder in folders:
            folder.mkdir()
        wrong = told("boards are what boards/ says", stale())
        known = shape.metrics(DOCS / "metrics.md") | shape.metrics(DOCS / "compare.md")
        wrong += told("shape", shape.faults(boards, known))
        wrong += told("rules", rules.faults(HERE / "rules", DOCS / "operations.md"))
        if not options.without_schema:
            wrong += told("Grafana's schema", schema.faults(boards, folders[0]))
        if wrong:
            return 1
        [simulated] = [board for board in boards if board["uid"] == SIMULATED]
        boards.remove(simulated)
        pictures = options.pictures
        beside = options.simulator or program.parent / "bitswap-sim"
        wrong += simulated_check(beside.resolve(), simulated, folders[1], pictures)
        wrong += live_check(program, boards, folders[2], pictures)
        return int(bool(wrong))


def parse_options() -> argparse.Namespace:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("program", type=Path)
    parser.add_argument("--simulator", type=Path, metavar="PROGRAM")
    parser.add_argument("--without-schema", action="store_true")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    return parser.parse_args()


def stale() -> list[str]:
    is_stale = generate.check(generate.written())
    return ["grafana/ is stale: dashboards/generate.py"] if is_stale else []


def told(what: str, faults: list[str]) -> int:
    print(f"{what}: {'ok' if not faults else f'{len(faults)} faults'}", flush=True)
    for fault in faults:
        print(f"  {fault}")
    return len(faults)


def live_check(
    program: Path, boards: list[dict], scratch: Path, pictures: Path | None
) -> int:
    started = time.monotonic()
    scripts = HERE.parent / "examples" / "scripts"
    rule_file = HERE / "rules" / "bitswap.rules.yml"
    results, scrape, failures = live.run(
        program, boards, rule_file, scripts, scratch, pictures
    )
    wrong = evaluated(boards, results, started)
    wrong += told("the load", sorted(set(failures)))
    wrong += told("names, helps and units, by promtool", rules.metrics_text(scrape))
    print(f"{len(live.EMPTY_ON_PURPOSE)} empty on purpose and filled by the fixture")
    return wrong


def simulated_check(
    program: Path, board: dict, scratch: Path, pictures: Path | None
) -> int:
    started = time.monotonic()
    return evaluated([board], simulator.run(program, board, scratch, pictures), started)


def evaluated(boards: list[dict], results: list[live.Result], started: float) -> int:
    """How many of them are wrong or empty."""
    for result in results:
        print(result.line())
    bad = sum(not result.is_good for result in results)
    panels = sum(len(shape.panels(board)) for board in boards)
    print(
        f"{len(boards)} boards, {panels} panels, {len(results)} expressions evaluated in "
        f"{time.monotonic() - started:.0f} s: {bad} wrong or empty", flush=True
    )
    return bad


if __name__ == "__main__":
    sys.exit(main())
