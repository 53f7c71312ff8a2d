"""Finds the place of a row: a text that stands once in a function, or another item, of a file.

Items are told by indentation, which rustfmt sees to. White space does not count, nor does a comma
before a closing bracket, so a statement may be broken otherwise. `.ci/tidy` has the same rule.
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
    """The file of an edit, which is another of its crate if the item moved, and where it is."""
    file, _, item = edit.at.partition(": ")
    homes = [root / file] if spans(root / file, item) else []
    if not homes:
        sources = (root / edit.crate() / "src").rglob("*.rs")
        homes = [path for path in sources if spans(path, item)]
    if len(homes) != 1:
        raise Mistake(f"no such item there, and {len(homes)} other files have one")
    text = read(homes[0])[0]
    if edit.adds:
        return homes[0], (len(text), len(text))
    found = [at for span in spans(homes[0], item) for at in find(text, span, edit.text)]
    if len(found) != 1:
        raise Mistake(f"{len(found)} places read `{edit.text.strip()}`")
    return homes[0], found[0]


def spans(path: Path, item: str) -> list[tuple[int, int]]:
    return [span for name, span in read(path)[1] if f"::{name}".endswith(f"::{item}")]


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


def find(text: str, span: tuple[int, int], wanted: str) -> list[tuple[int, int]]:
    """Where `wanted` stands within `span` of `text`."""
    inside, sought = list(COUNTS.finditer(text, *span)), "".join(COUNTS.findall(wanted))
    starts = re.finditer(re.escape(sought), "".join(char[0] for char in inside))
    return [(inside[it.start()].start(), inside[it.end() - 1].end()) for it in starts]
