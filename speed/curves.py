#!/usr/bin/env python3
"""Draws how costs grow: with open gets, members and waiting peers (instructions for a block), and with
the round trip (speed ÷ the raw stream's).

    cargo run --release -p bitswap-instructions > counts.txt
    speed/run.py --links 20ms 50ms 100ms 200ms --systems raw-tcp ours node --json table.json
    speed/curves.py counts.txt table.json > docs/curves.svg
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from statistics import median

from cases import LINKS
from picture import text

WIDTH, HEIGHT, LEFT, TOP, INNER_WIDTH, INNER_HEIGHT = 380, 240, 60, 40, 290, 150
COLOURS = ["#3b7dd8", "#d8743b", "#3ba55d", "#8b5fbf"]
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #222 }
.title { font-weight: 600 }
.axis { stroke: #9aa5b1 }
.curve { fill: none; stroke-width: 2 }
"""
COUNTS = [
    ("Thousand instructions; open gets", r"fetch a block, ([\d,]+) gets open"),
    ("Thousand instructions; members that have it", r"fetch a block, ([\d,]+) members?$"),
    ("Thousand instructions; peers that wait", r"serve a block, ([\d,]+) peers wait"),
]
# What is drawn of the table: a curve for each, by the round trip of links of one rate.
RATIOS = {
    "100 MiB, embedded": ("100MiB", "ours"),
    "100 MiB, node": ("100MiB", "node"),
    "small blocks, embedded": ("W2-list", "ours"),
    "small blocks, node": ("W2-list", "node"),
}
MBIT = 1_000

Curve = dict[float, float]


def main(counts: Path, table: Path) -> int:
    lines = counts.read_text().splitlines()
    panels = [(title, {"": counted(lines, pattern)}) for title, pattern in COUNTS]
    rows = json.loads(table.read_text())
    curves = {label: ratios(rows, *which) for label, which in RATIOS.items()}
    panels.append(("Speed ÷ raw; milliseconds there and back", curves))
    drawn = [
        f'<g transform="translate({place % 2 * WIDTH} {place // 2 * HEIGHT})">{panel(*each)}</g>'
        for place, each in enumerate(panels)
    ]
    size = f"{2 * WIDTH} {2 * HEIGHT}"
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"><style>{STYLE}</style>')
    print('<rect width="100%" height="100%" fill="#fff"/>', *drawn, "</svg>", sep="\n")
    return 0


def counted(lines: list[str], pattern: str) -> Curve:
    """Thousands of instructions by the number in the figure's name."""
    found = ((re.search(pattern, line), line.split()) for line in lines)
    return {float(it[1].replace(",", "")): int(words[0]) / 1_000 for it, words in found if it}


def ratios(rows: list[dict], load: str, name: str) -> Curve:
    """The medians of raw seconds ÷ those of `name`, by the round trip in milliseconds."""
    of = {(row["link"], row["system"]): row["rounds"] for row in rows if row["workload"] == load}
    links = [
        link for link, system in of if system == name and [it.mbit for it in LINKS[link]] == [MBIT]
    ]
    pairs = {link: zip(of[link, "raw-tcp"], of[link, name]) for link in links}
    return {
        float(link.removesuffix("ms")): median(raw["seconds"] / ours["seconds"] for raw, ours in both)
        for link, both in pairs.items()
    }


def panel(title: str, curves: dict[str, Curve]) -> str:
    points = [point for curve in curves.values() for point in curve.items()]
    low, high = (math.log(edge(x for x, _ in points)) for edge in (min, max))
    top = max(y for _, y in points) * 1.15
    across = lambda x: LEFT + INNER_WIDTH * (math.log(x) - low) / ((high - low) or 1)
    down = lambda y: TOP + INNER_HEIGHT * (1 - y / top)
    bottom = TOP + INNER_HEIGHT
    parts = [
        text(LEFT, 20, title, "title"),
        f'<line class="axis" x1="{LEFT}" x2="{LEFT + INNER_WIDTH}" y1="{bottom}" y2="{bottom}"/>',
        *(text(across(x), bottom + 16, f"{x:,.0f}", "", "middle") for x in {x for x, _ in points}),
    ]
    for (name, curve), colour in zip(curves.items(), COLOURS):
        line = " ".join(f"{across(x):.0f},{down(y):.0f}" for x, y in curve.items())
        parts.append(f'<polyline class="curve" stroke="{colour}" points="{line}"/>')
        if not name:
            parts += [text(across(x), down(y) - 6, f"{y:.3g}", "", "middle") for x, y in points]
    if len(curves) > 1:
        for place, (name, colour) in enumerate(zip(curves, COLOURS)):
            x, y = LEFT + place // 2 * 150, bottom + 34 + place % 2 * 14
            parts.append(f'<circle cx="{x}" cy="{y - 4}" r="4" fill="{colour}"/>')
            parts.append(text(x + 8, y, name, ""))
        ends = (0.5, 1.0)
        parts += [text(LEFT - 6, down(y) + 4, f"{y}", "", "end") for y in ends]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
