"""The rows of `mutants/*.toml`: what is wrong in each mutant, where, and who has to see it."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

# Who has to see a mutant: the core's tests, the campaign, or each of them.
WATCHERS = ("tests", "campaign", "both")
ROW_KEYS = {
    "id", "what", "source", "known", "caught_by", "seen_by", "file", "text", "becomes", "edit",
}
EDIT_KEYS = {"file", "text", "becomes", "adds"}


class Mistake(Exception):
    """A row that cannot be used; the message says which, and why."""


@dataclass(frozen=True)
class Edit:
    """One place of a file: `text` is found exactly once. Without a text, `adds` are items that
    only the mutant uses, and go to the file's end."""

    file: str
    text: str = ""
    becomes: str = ""
    adds: str = ""


@dataclass(frozen=True)
class Row:
    """One mutant. Its number is its place among all rows, from 1."""

    number: int
    id: str
    what: str
    caught_by: str
    edits: tuple[Edit, ...]
    source: str
    # Why nobody need see it; else empty.
    known: str
    # The only test that is asked, where running all of its crate's takes long; else empty.
    seen_by: str


def read(folder: Path) -> list[Row]:
    """All rows, in the order of their files' names."""
    rows: list[Row] = []
    for path in sorted(folder.glob("*.toml")):
        for row in tomllib.loads(path.read_text())["mutant"]:
            rows.append(row_of(path.name, len(rows) + 1, row))
    for id, count in Counter(row.id for row in rows).items():
        if count > 1:
            raise Mistake(f"{id}: {count} rows have this id")
    return rows


def row_of(file: str, number: int, row: dict) -> Row:
    id = row.get("id", f"a row of {file}")
    if unknown := set(row) - ROW_KEYS:
        raise Mistake(f"{id}: no row has {', '.join(sorted(unknown))}")
    if missing := {"id", "what", "caught_by"} - set(row):
        raise Mistake(f"{id}: {', '.join(sorted(missing))} is missing")
    if row["caught_by"] not in WATCHERS:
        raise Mistake(f"{id}: caught_by is one of {', '.join(WATCHERS)}")
    alone = {key: row[key] for key in ("file", "text", "becomes") if key in row}
    edits = tuple(edit_of(id, edit) for edit in [alone, *row.get("edit", [])] if edit)
    if not edits:
        raise Mistake(f"{id}: it changes nothing")
    known, source, seen_by = (row.get(key, "") for key in ("known", "source", "seen_by"))
    return Row(number, id, row["what"], row["caught_by"], edits, source, known, seen_by)


def edit_of(id: str, edit: dict) -> Edit:
    if unknown := set(edit) - EDIT_KEYS:
        raise Mistake(f"{id}: no edit has {', '.join(sorted(unknown))}")
    if set(edit) not in ({"file", "text", "becomes"}, {"file", "adds"}):
        raise Mistake(f"{id}: an edit has a file, and either text and becomes or adds")
    return Edit(**edit)
