"""The rows of `mutants/*.toml`: what is wrong in each mutant, where, and who has to see it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

# Who has to see a mutant: a test, or also the campaign.
WATCHERS = ("tests", "both")


class Mistake(Exception):
    """Rows that cannot be used; the message says which, and why."""


@dataclass(frozen=True)
class Edit:
    """One place: `text` stands once in the function, or another item, that `at` names as
    `FILE: ITEM`. Without a text, `adds` are items that only the mutant uses, and go to the end of
    that file."""

    at: str
    text: str = ""
    becomes: str = ""
    adds: str = ""

    def crate(self) -> str:
        return self.at.split("/")[0]


@dataclass(frozen=True)
class Row:
    """One mutant. Its number is its place among all rows, from 1."""

    number: int
    edits: tuple[Edit, ...]
    id: str
    what: str
    caught_by: str
    source: str = ""
    # The only test that is asked, where running all of its crate's takes long; else empty.
    seen_by: str = ""

    def crates(self) -> set[str]:
        return {edit.crate() for edit in self.edits}


def read(folder: Path) -> list[Row]:
    """All rows, in the order of their files' names."""
    tables = [tomllib.loads(path.read_text())["mutant"] for path in sorted(folder.glob("*.toml"))]
    return [row_of(number, row) for number, row in enumerate(sum(tables, []), start=1)]


def row_of(number: int, row: dict) -> Row:
    alone = {key: row.pop(key) for key in ("at", "text", "becomes") if key in row}
    edits = [edit for edit in [alone, *row.pop("edit", [])] if edit]
    try:
        made = Row(number, tuple(Edit(**edit) for edit in edits), **row)
    except TypeError as error:
        raise Mistake(f"{row.get('id', number)}: {error}") from error
    if made.caught_by not in WATCHERS or not edits:
        raise Mistake(f"{made.id}: it changes nothing, or caught_by is none of {WATCHERS}")
    return made
