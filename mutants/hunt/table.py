"""The page that says of each mutant who saw it."""

from __future__ import annotations

from .rows import Row
from .watch import Sight

HEAD = """# Mutants

Made by `mutants/run.py --table docs/mutants.md`; not edited by hand.

Each row is a change for the worse, put into a copy of the tree: the rows of `mutants/*.toml`. The
core's tests run first, until one fails. Where all pass, and for each historic bug that the campaign
has to see too, the campaign runs for {seconds} s on one thread, until an invariant breaks.

{count}
Without a mutant both are green.

| mutant | what is wrong | test | campaign | s |
|---|---|---|---|---:|
"""
LONGEST = 70
COLUMNS = 5


def page(rows: list[Row], sights: dict[str, Sight], seconds: int) -> str:
    tests = sum(bool(sights[row.id].tests) for row in rows)
    campaign = sum(bool(sights[row.id].campaign) for row in rows)
    nobody = sum(not (sights[row.id].tests or sights[row.id].campaign) for row in rows)
    count = (
        f"Of {len(rows)} mutants a test sees {tests}, the campaign {campaign} of those it was asked"
        f" about, and neither sees {nobody}."
    )
    lines = [line(row, sights[row.id]) for row in rows]
    return HEAD.format(seconds=seconds, count=count) + "".join(lines)


def tests_of(page: str) -> dict[str, str]:
    """The test that saw each mutant when the page was made, by the mutant's id."""
    cells = [line.replace("\\|", "").split(" | ") for line in page.splitlines()]
    return {row[0].removeprefix("| "): row[2].strip() for row in cells if len(row) == COLUMNS}


def line(row: Row, sight: Sight) -> str:
    what = row.what + (f" ({row.source})" if row.source else "")
    nobody = "" if sight.campaign else f"nobody: {row.known or 'ESCAPED'}"
    cells = [row.id, what, sight.tests or nobody, cut(sight.campaign), f"{sight.seconds:.0f}"]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"
