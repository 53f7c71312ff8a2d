"""Finds the place of a row: a text that stands once in a function, or another item, of a file.

If it does not, because the item moved or was renamed, it is looked for in items of that name in the
whole crate, then in the file, then in the crate. Items are told by indentation, which rustfmt sees
to. White space does not count, nor does a comma before a closing bracket, so a statement may be
broken otherwise. `.ci/tidy` has the same rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .rows import Edit, Mistake, Row

HEAD = re.compile(
    r'(?:pub(?:\([^)]*\))? )?(?:async |unsafe |extern "C" )*'
    r"(const fn|const|enum|fn|impl|macro_rules!|mod|static|struct|trait|type)(?=[ <])(.*)"
)
# What begins a line of an item's own depth, and is not of that item.
NEXT = re.compile(r"(?!where\b)[\w#/]")
COUNTS = re.compile(r"[^\s,]|,(?!\s*[)\]}])")


@dataclass(frozen=True)
class Place:
    """Where in a file a mutant has its edit."""

    row: Row
    edit: Edit
    span: tuple[int, int]


def places(root: Path, rows: list[Row]) -> dict[str, list[Place]]:
    """The places of all rows, by file."""
    found, mistakes = {}, []
    for row, edit in [(row, edit) for row in rows for edit in row.edits]:
        try:
            file, span = place(root, edit)
            found.setdefault(str(file.relative_to(root)), []).append(Place(row, edit, span))
        except Mistake as mistake:
            mistakes.append(f"{row.id}: {edit.at}: {mistake}")
    if mistakes:
        raise Mistake("\n".join(mistakes))
    return found


def place(root: Path, edit: Edit) -> tuple[Path, tuple[int, int]]:
    """The file of an edit, and where in it that is."""
    file, _, item = edit.at.partition(": ")
    here, crate = [root / file], sources(root / edit.crate())
    counts = []
    for paths, name in ((here, item), (crate, item), (here, ""), (crate, "")):
        found = [(path, span) for path in paths for span in find(path, name, edit)]
        if len(found) == 1:
            return found[0]
        counts.append(len(found))
    what = edit.text.strip().partition("\n")[0] or "such an item"
    raise Mistake(f"{counts[0]} times `{what}` there, {counts[3]} times in its crate")


def find(path: Path, item: str, edit: Edit) -> list[tuple[int, int]]:
    """Where an edit can be within the items of a file that are called `item`, or all of it."""
    text, its = read(path)
    whole = (0, len(text))
    spans = [span for name, span in its if f"::{name}".endswith(f"::{item}")] if item else [whole]
    if edit.adds:
        return [(len(text), len(text))] if item and spans else []
    return [place for span in spans for place in matches(text, span, edit.text)]


@cache
def sources(crate: Path) -> list[Path]:
    return list((crate / "src").rglob("*.rs"))


@cache
def read(path: Path) -> tuple[str, list[tuple[str, tuple[int, int]]]]:
    text = path.read_text() if path.is_file() else ""
    return text, items(text)


def items(text: str) -> list[tuple[str, tuple[int, int]]]:
    """The path of each item, and where it stands: until a line of less depth, or of its own that
    begins something else."""
    found, opened, at = [], [], 0
    for line in [*text.splitlines(keepends=True), "#"]:
        bare, depth = line.strip(), len(line) - len(line.lstrip())
        while bare and opened and (depth, not NEXT.match(bare)) <= (opened[-1][0], False):
            _, name, begin = opened.pop()
            found.append((name, (begin, at)))
        if head := HEAD.match(bare):
            outer = f"{opened[-1][1]}::" if opened else ""
            opened.append((depth, outer + name_of(*head.groups()), at))
        at += len(line)
    return found


def name_of(kind: str, rest: str) -> str:
    """The name after the word for an item's kind; of an `impl`, that of its type."""
    if kind == "impl":
        rest, before = rest.replace("->", ""), ""
        while rest != before:
            rest, before = re.sub(r"<[^<>]*>", "", rest), rest
        rest = rest.rpartition(" for ")[2].split(" where")[0].rpartition("::")[2]
    return re.search(r"\w+|$", rest)[0]


def matches(text: str, span: tuple[int, int], wanted: str) -> list[tuple[int, int]]:
    """Where `wanted` stands within `span` of `text`."""
    inside, sought = list(COUNTS.finditer(text, *span)), "".join(COUNTS.findall(wanted))
    starts = re.finditer(re.escape(sought), "".join(char[0] for char in inside))
    return [(inside[it.start()].start(), inside[it.end() - 1].end()) for it in starts]
