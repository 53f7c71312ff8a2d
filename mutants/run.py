#!/usr/bin/env python3
"""Mutants of the engine and its strategies, all in one build: shows that tests see each of them.

    mutants/run.py                   # all
    mutants/run.py --only B01 Q03    # these
    mutants/run.py --only Q03 --page # and renews their rows of docs/mutants.md, and its heading
    mutants/run.py --ci              # those of changed files, new ones, and 40 drawn by the commit
    mutants/run.py --check           # only whether each row fits its place; builds nothing

The rows of `mutants/*.toml` are put into a copy of the tracked tree below the target directory,
each beside the right text and chosen by the variable MUTANT. Number 0 is no mutant, and has to be
green. The test that docs/mutants.md names is asked first; if that does not see its mutant, all are.
Exits with 1 if a mutant escapes, or a row does not fit. Needs Python 3.11 and cargo.
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

from hunt import anchor, build, draw, rows, table, watch

ROOT = HERE.parent
PAGE = ROOT / "docs/mutants.md"
AT_ONCE = 2


def main() -> int:
    begun = time.monotonic()
    args = arguments()
    try:
        every = rows.read(HERE)
        places = anchor.places(ROOT, every)
        chosen = choose(every, places, args)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
        tree = target / "mutants" / "tree"
        if chosen:
            build.copy(ROOT, tree, places, chosen)
    except rows.Mistake as mistake:
        print(mistake)
        return 1
    sights, faults = table.sights_of(PAGE.read_text()), []
    if chosen:
        programs = build.build(tree, target)
        print(f"{len(every)} mutants in one build: {time.monotonic() - begun:.0f} s", flush=True)
        sights |= hunt(programs, chosen, sights)
        faults = [fault for row in chosen if (fault := fault_of(row, sights[row.id]))]
    if args.page:
        PAGE.write_text(table.page(every, sights))
    took = f"{time.monotonic() - begun:.1f} s"
    seen = f"{len(chosen) - len(faults)} of {len(chosen)} are seen"
    print(*faults, f"{len(every)} rows fit, {seen}: {took}", sep="\n")
    return 1 if faults else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Shows that each mutant is seen.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", nargs="+", metavar="ID", help="these rows")
    which.add_argument("--ci", action="store_true", help="those of changed files, and 40 others")
    which.add_argument("--check", action="store_true", help="none: whether all fit their places")
    parser.add_argument("--base", default=draw.BASE, help="since when is changed [%(default)s]")
    parser.add_argument("--page", action="store_true", help="renew docs/mutants.md")
    return parser.parse_args()


def choose(
    every: list[rows.Row], places: dict[str, list[anchor.Place]], args: argparse.Namespace
) -> list[rows.Row]:
    if unknown := set(args.only or ()) - {row.id for row in every}:
        raise rows.Mistake(f"no row is called {', '.join(sorted(unknown))}")
    if args.ci:
        return draw.draw(ROOT, every, places, args.base)
    return [row for row in every if not args.check and row.id in (args.only or [row.id])]


def hunt(
    programs: build.Programs, chosen: list[rows.Row], known: dict[str, watch.Sight]
) -> dict[str, watch.Sight]:
    """Who saw each row, by its id."""
    named = {row.seen_by: programs.tests_of(row) for row in chosen if row.seen_by}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sound = [
            pool.submit(watch.first_failure, programs.all_tests(), 0),
            pool.submit(watch.by_campaign, programs, 0),
            *(pool.submit(watch.by_test, tests, 0, test) for test, tests in named.items()),
        ]
        if seen := [future.result() for future in sound if future.result()]:
            raise SystemExit(f"without any mutant there fails {seen[0]}")
        # The long ones first.
        longest_first = sorted(chosen, key=lambda row: row.caught_by == "tests")
        looks = {row.id: pool.submit(look, programs, row, known) for row in longest_first}
        return {id: future.result() for id, future in looks.items()}


def look(programs: build.Programs, row: rows.Row, known: dict[str, watch.Sight]) -> watch.Sight:
    """Who of those that have to sees a row. The test that is known to see it is asked first."""
    begun, tests, campaign = time.monotonic(), programs.tests_of(row), ""
    before = row.seen_by or known.get(row.id, watch.Sight()).test
    test = watch.by_test(tests, row.number, before)
    if not test and not row.seen_by:
        test = watch.first_failure(tests, row.number)
    if row.caught_by == "both":
        campaign = watch.by_campaign(programs, row.number)
    print(f"{row.id} {time.monotonic() - begun:5.1f} s  {test or '-'}  {campaign}", flush=True)
    return watch.Sight(test, campaign)


def fault_of(row: rows.Row, sight: watch.Sight) -> str:
    if not sight.test:
        return f"{row.id}: no test sees it: {row.what}"
    if row.caught_by == "both" and not sight.campaign:
        return f"{row.id}: the campaign does not see it: {row.what}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
