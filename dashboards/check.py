#!/usr/bin/env python3
"""Checks the boards, rules and alerts, down to the data that each panel shows of real nodes.

PROGRAM is the built `bitswap`. Needs Debian's prometheus, and npm for Grafana's types. With
--pictures each board is drawn as it was under load, and photographed by Debian's chromium.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import generate
from checks import live, rules, schema, shape

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"


def main() -> int:
    options = parse_options()
    program = options.program.resolve()
    boards = shape.boards(HERE / "grafana")
    with tempfile.TemporaryDirectory(prefix="bitswap-dashboards-") as scratch:
        folders = [Path(scratch) / name for name in ("schema", "live")]
        for folder in folders:
            folder.mkdir()
        wrong = told("boards are what boards/ says", stale())
        wrong += told("shape", shape.faults(boards, shape.metrics(DOCS / "metrics.md")))
        wrong += told("rules", rules.faults(HERE / "rules", DOCS / "operations.md"))
        if not options.without_schema:
            wrong += told("Grafana's schema", schema.faults(boards, folders[0]))
        if wrong:
            return 1
        return live_check(program, boards, folders[1], options.pictures)


def parse_options() -> argparse.Namespace:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("program", type=Path)
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
    for result in results:
        print(result.line())
    bad = [result for result in results if not result.is_good]
    wrong = told("the load", sorted(set(failures)))
    wrong += told("names, helps and units, by promtool", rules.metrics_text(scrape))
    panels = sum(len(shape.panels(board)) for board in boards)
    print(
        f"{len(boards)} boards, {panels} panels, {len(results)} expressions evaluated in "
        f"{time.monotonic() - started:.0f} s: {len(bad)} wrong or empty, "
        f"{len(live.EMPTY_ON_PURPOSE)} empty on purpose and filled by the fixture"
    )
    return 1 if bad or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
