"""Puts all mutants into one text: each wrong one beside the right one, chosen by its number."""

from __future__ import annotations

from .anchor import Place
from .rows import Mistake


def plant(text: str, places: list[Place], switch: str) -> str:
    """`text` with what is wrong at all `places` put into it; `switch` is the function that says
    which mutant a process is.

    A place may have several mutants, and lie within that of another; two that overlap otherwise
    are a mistake.
    """
    wrong: dict[tuple[int, int], list[Place]] = {}
    for place in places:
        if not place.edit.adds:
            wrong.setdefault(place.span, []).append(place)
    adds = [place.edit.adds for place in places if place.edit.adds]
    return "\n".join([render(text, (0, len(text)), wrong, switch), *adds])


def render(
    text: str, span: tuple[int, int], wrong: dict[tuple[int, int], list[Place]], switch: str
) -> str:
    """The span with all that is `wrong` in it. What ends in `;` or `}` stays a statement, all else
    an expression."""
    parts, at = [], span[0]
    for (begin, end), places in sorted(wrong.items(), key=lambda it: (it[0][0], -it[0][1])):
        if begin < at < end:
            raise Mistake(f"{places[0].row.id} overlaps another in `{places[0].edit.text}`")
        if begin < at:
            continue
        within = {it: its for it, its in wrong.items() if begin <= it[0] and it[1] <= end}
        del within[begin, end]
        right = render(text, (begin, end), within, switch)
        arms = [f"if {switch}({it.row.number}) {{ {it.edit.becomes} }}" for it in places]
        chosen = " else ".join([*arms, f"{{ {right} }}"])
        is_statement = right.rstrip().endswith((";", "}"))
        parts += [text[at:begin], chosen if is_statement else f"({chosen})"]
        at = end
    return "".join([*parts, text[at : span[1]]])
