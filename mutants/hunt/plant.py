"""Puts all mutants into one text: each wrong one beside the right one, chosen by its number."""

from __future__ import annotations

from dataclasses import dataclass, field

from .rows import Edit, Mistake


@dataclass
class Place:
    """A stretch of a text, what each mutant makes of it, and the places within it."""

    begin: int
    end: int
    wrong: list[tuple[int, Edit]] = field(default_factory=list)
    inner: list[Place] = field(default_factory=list)


def plant(text: str, edits: list[tuple[int, str, Edit]], switch: str) -> str:
    """`text` with all `edits` (number and id of their mutant, and the edit) put into it; `switch` is
    the function that says which mutant a process is.

    A place may have several mutants, and lie within that of another; two that overlap otherwise
    are a mistake, and so is a text that is not found exactly once.
    """
    places: dict[tuple[int, int], Place] = {}
    adds = []
    for number, id, edit in edits:
        if edit.adds:
            adds.append(edit.adds)
            continue
        if (count := text.count(edit.text)) != 1:
            raise Mistake(f"{id}: {count} places in {edit.file} read `{edit.text}`")
        begin = text.index(edit.text)
        span = (begin, begin + len(edit.text))
        places.setdefault(span, Place(*span)).wrong.append((number, edit))
    whole = Place(0, len(text), inner=nest(sorted(places.values(), key=order)))
    return "\n".join([render(text, whole, switch), *adds])


def order(place: Place) -> tuple[int, int]:
    return place.begin, -place.end


def nest(places: list[Place]) -> list[Place]:
    """The outermost of `places`, which are in order, with the others inside them."""
    outer: list[Place] = []
    for place in places:
        last = outer[-1] if outer else None
        if last is None or place.begin >= last.end:
            outer.append(place)
        elif place.end <= last.end:
            last.inner = nest([*last.inner, place])
        else:
            ids = [number for number, _ in (*last.wrong, *place.wrong)]
            raise Mistake(f"the mutants number {ids} overlap in `{place.wrong[0][1].text}`")
    return outer


def render(text: str, place: Place, switch: str) -> str:
    """The place with all mutants in it. What ends in `;` or `}` stays a statement, all else an
    expression."""
    parts, at = [], place.begin
    for inner in place.inner:
        parts += [text[at : inner.begin], render(text, inner, switch)]
        at = inner.end
    right = "".join([*parts, text[at : place.end]])
    if not place.wrong:
        return right
    arms = [f"if {switch}({number}) {{ {edit.becomes} }}" for number, edit in place.wrong]
    chosen = " else ".join([*arms, f"{{ {right} }}"])
    return chosen if right.rstrip().endswith((";", "}")) else f"({chosen})"
