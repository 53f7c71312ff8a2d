#!/usr/bin/env python3
"""Mutants of the engine and its strategies, all in one build: shows that tests or the campaign see each of them.

    mutants/run.py                          # all: tests, and where they pass, the campaign
    mutants/run.py --only B01 Q03           # these
    mutants/run.py --table docs/mutants.md  # all, and renews the page
    mutants/run.py --ci                     # each by who has to see it, within twenty minutes

The rows of `mutants/*.toml` are put into a copy of the tracked tree below the target directory,
each beside the right text and chosen by the variable MUTANT. A text that is not found exactly once
is an error, so a rename changes its row in the same commit. Number 0 is no mutant, and has to be
green. The test that docs/mutants.md names is asked first; if that does not see its mutant, all are.
Exits with 1 if a mutant escapes. Needs Python 3.11 and cargo.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from hunt import build, rows, table, watch

ROOT = HERE.parent
PAGE = ROOT / "docs/mutants.md"
AT_ONCE = 2
CI_CAMPAIGN_SECONDS = 20
CI_CAMPAIGNS = 24
# The last mutant begins by then; two idle cores need half of it, most of that for the build.
CI_SECONDS = 1_200


def main() -> int:
    begun = time.monotonic()
    args = arguments()
    try:
        every = rows.read(HERE)
        chosen = choose(every, args)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
        tree = target / "mutants" / "tree"
        build.copy(ROOT, tree, every)
    except rows.Mistake as mistake:
        print(mistake)
        return 1
    programs = build.build(tree, target)
    print(f"{len(every)} mutants in one build: {time.monotonic() - begun:.0f} s", flush=True)
    until = begun + CI_SECONDS if args.ci else float("inf")
    sights = hunt(programs, chosen, args, until)
    if sights is None:
        return 1
    if args.table:
        args.table.write_text(table.page(chosen, sights, args.seconds))
    return conclude(chosen, sights, time.monotonic() - begun)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Shows that each mutant is seen.")
    parser.add_argument("--ci", action="store_true", help="each by who has to see it, in 20 min")
    parser.add_argument("--only", nargs="+", metavar="ID", help="these rows")
    parser.add_argument("--seconds", type=int, default=60, help="of a campaign [60; CI: 20]")
    parser.add_argument("--table", type=Path, help="write the page, of all rows")
    args = parser.parse_args()
    if args.table and (args.ci or args.only):
        parser.error("the table is of all rows, and of the whole time")
    if args.ci:
        args.seconds = CI_CAMPAIGN_SECONDS
    return args


def choose(every: list[rows.Row], args: argparse.Namespace) -> list[rows.Row]:
    """The rows to be run. In CI those that nobody need see are left out."""
    if unknown := set(args.only or ()) - {row.id for row in every}:
        raise rows.Mistake(f"no row is called {', '.join(sorted(unknown))}")
    campaigns = sum(row.caught_by != "tests" and not row.known for row in every)
    if campaigns > CI_CAMPAIGNS:
        raise rows.Mistake(f"{campaigns} rows are for the campaign, at most {CI_CAMPAIGNS}")
    named = [row for row in every if not args.only or row.id in args.only]
    return [row for row in named if not (args.ci and row.known)]


def hunt(
    programs: build.Programs, chosen: list[rows.Row], args: argparse.Namespace, until: float
) -> dict[str, watch.Sight] | None:
    """Who saw each row, by its id; `None` if something is seen where nothing is wrong."""
    known = {} if args.table else table.tests_of(PAGE.read_text())
    named = sorted({row.seen_by for row in chosen if row.seen_by})
    every_test = [test for tests in programs.tests.values() for test in tests]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sound = [
            pool.submit(watch.by_tests, programs.all_tests(), 0),
            pool.submit(watch.by_named, every_test, 0, named),
            pool.submit(watch.by_campaign, programs, 0, args.seconds),
        ]
        if seen := [future.result() for future in sound if future.result()]:
            print(f"without any mutant there fails {seen[0]}")
            return None
        # The long ones first.
        longest_first = sorted(chosen, key=lambda row: row.caught_by == "tests")
        futures = {
            row.id: pool.submit(look, programs, row, args, until, known.get(row.id, ""))
            for row in longest_first
        }
        return {id: future.result() for id, future in futures.items()}


def look(
    programs: build.Programs, row: rows.Row, args: argparse.Namespace, until: float, known: str
) -> watch.Sight:
    """Who sees a row: whoever has to, and but in CI the campaign also where no test does. The test
    that is `known` to see it is asked first."""
    begun, tests, campaign = time.monotonic(), "", ""
    if begun > until:
        return watch.Sight()
    if row.caught_by != "campaign" or not args.ci:
        tests = tests_that_see(programs, row, known)
    if row.caught_by == "both" or not tests and (row.caught_by == "campaign" or not args.ci):
        campaign = watch.by_campaign(programs, row.number, args.seconds)
    took = time.monotonic() - begun
    print(f"{row.id} {took:5.1f} s  {tests or '-'}  {campaign or '-'}", flush=True)
    return watch.Sight(tests, campaign, took)


def tests_that_see(programs: build.Programs, row: rows.Row, known: str) -> str:
    tests = programs.tests_of(row)
    if row.seen_by:
        return watch.by_named(tests, row.number, [row.seen_by])
    return watch.by_tests(tests, row.number, known)


def conclude(chosen: list[rows.Row], sights: dict[str, watch.Sight], took: float) -> int:
    faults = {row.id: fault for row in chosen if (fault := fault_of(row, sights[row.id]))}
    for id, fault in faults.items():
        print(f"{id}: {fault}")
    print(f"{len(chosen) - len(faults)} of {len(chosen)} as they should be, in {took:.0f} s")
    return 1 if faults else 0


def fault_of(row: rows.Row, sight: watch.Sight) -> str:
    """What is not as the row has it."""
    if row.known:
        return "it is seen, though its row says why not" if sight.tests or sight.campaign else ""
    if not sight.seconds:
        return f"no time was left for it in {CI_SECONDS} s"
    if row.caught_by != "campaign" and not sight.tests:
        return f"no test sees it: {row.what}"
    if row.caught_by != "tests" and not sight.campaign and not (
        row.caught_by == "campaign" and sight.tests
    ):
        return f"the campaign does not see it: {row.what}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
