#!/usr/bin/env python3
"""Mutants of the core, all in one build: shows that tests or the campaign see each of them.

    mutants/run.py                          # all: tests, and where they pass, the campaign
    mutants/run.py --only B01 Q03           # these
    mutants/run.py --table docs/mutants.md  # all, and renews the page
    mutants/run.py --ci                     # each by who has to see it, within ten minutes

The rows of `mutants/*.toml` are put into a copy of the tracked tree below the target directory,
each beside the right text and chosen by the variable MUTANT. A text that is not found exactly once
is an error, so a rename changes its row in the same commit. Number 0 is no mutant, and has to be
green. Exits with 1 if a mutant escapes. Needs Python 3.11 and cargo.
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
AT_ONCE = 2
CI_CAMPAIGN_SECONDS = 20
CI_CAMPAIGNS = 24
CI_SECONDS = 600


def main() -> int:
    begun = time.monotonic()
    args = arguments()
    try:
        every = rows.read(HERE)
        chosen = choose(every, args)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "mutants"
        build.copy(ROOT, target / "tree", every)
    except rows.Mistake as mistake:
        print(mistake)
        return 1
    programs = build.build(target / "tree", target)
    print(f"{len(every)} mutants in one build: {time.monotonic() - begun:.0f} s", flush=True)
    until = begun + CI_SECONDS if args.ci else float("inf")
    sights = hunt(programs, chosen, args, until)
    if sights is None:
        return 1
    if args.table:
        args.table.write_text(table.page(chosen, sights, args.seconds))
    return conclude(chosen, sights, time.monotonic() - begun)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Shows that each mutant of the core is seen.")
    parser.add_argument("--ci", action="store_true", help="each by who has to see it, in 10 min")
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
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sound = [
            pool.submit(watch.by_tests, programs, 0),
            pool.submit(watch.by_campaign, programs, 0, args.seconds),
        ]
        for sight in (future.result() for future in sound):
            if sight.by:
                print(f"the {sight.by} fail without any mutant: {sight.what}")
                return None
        # The long ones first.
        longest_first = sorted(chosen, key=lambda row: row.caught_by == "tests")
        futures = {
            row.id: pool.submit(look, programs, row, args, until) for row in longest_first
        }
        return {id: future.result() for id, future in futures.items()}


def look(
    programs: build.Programs, row: rows.Row, args: argparse.Namespace, until: float
) -> watch.Sight:
    """Who sees a row: in CI whoever has to, else the tests, or the campaign where they pass."""
    if time.monotonic() > until:
        sight = watch.Sight("", f"there was no time left in {CI_SECONDS} s", 0)
    elif args.ci:
        sight = as_demanded(programs, row, args.seconds)
    else:
        sight = watch.by_tests(programs, row.number)
        if not sight.by:
            sight = watch.by_campaign(programs, row.number, args.seconds)
    print(f"{row.id}  {sight.seconds:5.1f} s  {sight.by or 'NOBODY'}: {sight.what}", flush=True)
    return sight


def as_demanded(programs: build.Programs, row: rows.Row, seconds: int) -> watch.Sight:
    sight = watch.Sight("", "", 0)
    if row.caught_by != "campaign":
        sight = watch.by_tests(programs, row.number)
        if row.caught_by == "tests" or not sight.by:
            return sight
    return watch.by_campaign(programs, row.number, seconds)


def conclude(chosen: list[rows.Row], sights: dict[str, watch.Sight], took: float) -> int:
    escaped = [row for row in chosen if not sights[row.id].by and not row.known]
    for row in escaped:
        print(f"{row.id} ESCAPED: {row.what}. {sights[row.id].what}")
    seen_after_all = [row.id for row in chosen if sights[row.id].by and row.known]
    if seen_after_all:
        print(f"seen, though the row has a reason why not: {', '.join(seen_after_all)}")
    missed = [row.id for row in chosen if row.caught_by == "tests" and by_campaign(sights[row.id])]
    if missed:
        print(f"seen by the campaign, not by the tests that should: {', '.join(missed)}")
    print(f"{len(chosen) - len(escaped)} of {len(chosen)} seen or explained in {took:.0f} s")
    return 1 if escaped or seen_after_all or missed else 0


def by_campaign(sight: watch.Sight) -> bool:
    return sight.by == "campaign"


if __name__ == "__main__":
    sys.exit(main())
