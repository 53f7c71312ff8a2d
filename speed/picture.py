"""The table of `run.py` as a picture: a bar for each system, of its speed ÷ the raw stream's."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from xml.sax.saxutils import escape

WIDTH, LABELS, VALUES = 760, 150, 150
ROW, BAR, HEAD, TITLE = 20, 13, 34, 30
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #222 }
.title { font-size: 15px; font-weight: 600 }
.case { font-weight: 600 }
.value { fill: #555 }
.bar { fill: #3b7dd8 }
.base { fill: #9aa5b1 }
.spread { stroke: #12304f; stroke-width: 1.2 }
.one { stroke: #9aa5b1; stroke-dasharray: 3 3 }
"""


@dataclass
class Bar:
    """One system in one case: its ratios, round by round, and the median of its seconds."""

    system: str
    ratios: list[float]
    seconds: float


def picture(title: str, cases: dict[str, list[Bar]]) -> str:
    """An SVG of all cases; whiskers are the least and the most."""
    most = max([1.0, *(max(bar.ratios) for bars in cases.values() for bar in bars)])
    scale = (WIDTH - LABELS - VALUES) / most
    lines, y = [text(8, 20, title, "title")], TITLE
    for case, bars in cases.items():
        lines.append(text(8, y + 22, case, "case"))
        top = y + HEAD - 6
        y += HEAD
        for bar in bars:
            lines += drawn(bar, y, scale)
            y += ROW
        one = LABELS + scale
        lines.append(f'<line class="one" x1="{one:.1f}" x2="{one:.1f}" y1="{top}" y2="{y}"/>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 12}">'
    ground = f'<rect width="{WIDTH}" height="{y + 12}" fill="#fff"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", ground, *lines, "</svg>", ""])


def drawn(bar: Bar, y: int, scale: float) -> list[str]:
    middle, least, most = median(bar.ratios), min(bar.ratios), max(bar.ratios)
    kind = "base" if bar.system.startswith("raw") else "bar"
    line = y + BAR / 2
    return [
        text(LABELS - 8, y + 11, bar.system, "", "end"),
        f'<rect class="{kind}" x="{LABELS}" y="{y}" width="{middle * scale:.1f}" height="{BAR}"/>',
        f'<line class="spread" x1="{LABELS + least * scale:.1f}" '
        f'x2="{LABELS + most * scale:.1f}" y1="{line}" y2="{line}"/>',
        text(WIDTH - VALUES + 10, y + 11, f"{middle:.2f} of raw, {bar.seconds:.2f} s", "value"),
    ]


def text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
