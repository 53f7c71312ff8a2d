"""The page that says of each mutant who saw it."""

from __future__ import annotations

from .rows import Row
from .watch import Sight

HEAD = """# Mutants

<!-- @generated -->
Made by `mutants/run.py --page`; not edited by hand.

Each row is a change for the worse (`mutants/*.toml`), put into a copy of the tree, and the first
test that fails with it. Where the campaign has to see it too, it runs on one thread until an
invariant breaks. Without a mutant both are green.

{count}

| mutant | what is wrong | test | campaign |
|---|---|---|---|
"""
COLUMNS = 4
UNSEEN = "–"


def page(rows: list[Row], sights: dict[str, Sight]) -> str:
    seen = [sights.get(row.id, Sight()) for row in rows]
    tests, campaign = (sum(map(bool, each)) for each in zip(*((s.test, s.campaign) for s in seen)))
    count = (
        f"Of {len(rows)} mutants a test sees {tests}, and the campaign {campaign};"
        f" {len(rows) - tests} are still to be run."
    )
    return HEAD.format(count=count) + "".join(map(line, rows, seen))


def sights_of(page: str) -> dict[str, Sight]:
    """Who saw each mutant, by its id, as the page has it."""
    cells = [line[2:-2].split(" | ") for line in page.splitlines()]
    return {it[0]: Sight(it[2].replace(UNSEEN, ""), it[3]) for it in cells if len(it) == COLUMNS}


def line(row: Row, sight: Sight) -> str:
    what = row.what + (f" ({row.source})" if row.source else "")
    return f"| {row.id} | {what} | {sight.test or UNSEEN} | {sight.campaign} |\n"
