"""The page that says of each mutant who saw it."""

from __future__ import annotations

from .rows import Row
from .watch import Sight

HEAD = """# Mutants

Made by `mutants/run.py --table docs/mutants.md`; not edited by hand.

Each row is a change for the worse, put into a copy of the tree: the rows of `mutants/*.toml`. The
core's tests run first, until one fails; where all pass, the campaign runs for {seconds} s on one
thread, until an invariant breaks. Without a mutant both are green. {count}

| mutant | what is wrong | seen by | s |
|---|---|---|---:|
"""
LONGEST = 90


def page(rows: list[Row], sights: dict[str, Sight], seconds: int) -> str:
    by = [sights[row.id].by for row in rows]
    count = (
        f"Of {len(rows)} mutants {by.count('tests')} are seen by a test, {by.count('campaign')} by "
        f"the campaign only, and {by.count('')} by neither, for the reason given."
    )
    lines = [line(row, sights[row.id]) for row in rows]
    return HEAD.format(seconds=seconds, count=count) + "".join(lines)


def line(row: Row, sight: Sight) -> str:
    what = row.what + (f" ({row.source})" if row.source else "")
    seen = f"{sight.by}: {cut(sight.what)}" if sight.by else f"nobody: {row.known or 'ESCAPED'}"
    cells = [row.id, what, seen, f"{sight.seconds:.0f}"]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"
