"""Lines, areas and heat over time, as SVG."""

from dataclasses import dataclass
from html import escape

from .units import shown

WIDTH, LEFT, BOTTOM, TOP = 560, 70, 20, 8
GRID_LINES = 4
HEAT = ["#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838"]


@dataclass
class Line:
    """A series: its legend, its colour, and a value for each moment."""

    name: str
    colour: str
    values: list[float | None]


def lines(series: list[Line], unit: str, height: int, stacked: bool) -> str:
    drawn = stack(series) if stacked else [(line, None) for line in series]
    highest = max((v for line, _ in drawn for v in line.values if v is not None), default=0) or 1
    lowest = min((v for line, _ in drawn for v in line.values if v is not None), default=0)
    scale = Scale(min(lowest, 0), highest, height)
    parts = [scale.grid(unit)]
    for line, floor in reversed(drawn):
        points = scale.points(line.values)
        if stacked and points:
            below = scale.points(floor or [0.0] * len(line.values))
            outline = " ".join(points + below[::-1])
            parts.append(f'<polygon points="{outline}" fill="{line.colour}" opacity="0.35"/>')
        style = f'fill="none" stroke="{line.colour}" stroke-width="1.5"'
        parts.append(f'<polyline points="{" ".join(points)}" {style}/>')
    return picture(parts, height)


def stack(series: list[Line]) -> list[tuple[Line, list[float] | None]]:
    """Each line on those before it, with its floor."""
    floor: list[float] | None = None
    drawn = []
    for line in series:
        under = floor or [0.0] * len(line.values)
        values = [below + (value or 0) for below, value in zip(under, line.values)]
        drawn.append((Line(line.name, line.colour, values), floor))
        floor = values
    return drawn


def heat(bands: list[Line], height: int) -> str:
    """Bands from below, each as dark as much is in it."""
    most = max((v for band in bands for v in band.values if v is not None), default=0) or 1
    tall = (height - BOTTOM - TOP) / max(len(bands), 1)
    parts = []
    for place, band in enumerate(bands):
        y = height - BOTTOM - (place + 1) * tall
        if place % max(len(bands) // 6, 1) == 0:
            parts.append(label(LEFT - 6, y + tall, band.name))
        wide = (WIDTH - LEFT) / max(len(band.values), 1)
        for moment, value in enumerate(band.values):
            if value:
                shade = HEAT[min(int((value / most) ** 0.5 * len(HEAT)), len(HEAT) - 1)]
                x = LEFT + moment * wide
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" '
                    f'fill="{shade}"/>'
                )
    return picture(parts, height)


class Scale:
    """From values to places."""

    def __init__(self, lowest: float, highest: float, height: int):
        self.lowest, self.highest, self.height = lowest, highest, height

    def y(self, value: float) -> float:
        part = (value - self.lowest) / (self.highest - self.lowest)
        return self.height - BOTTOM - part * (self.height - BOTTOM - TOP)

    def points(self, values: list[float | None]) -> list[str]:
        step = (WIDTH - LEFT) / max(len(values) - 1, 1)
        return [
            f"{LEFT + place * step:.1f},{self.y(value):.1f}"
            for place, value in enumerate(values) if value is not None
        ]

    def grid(self, unit: str) -> str:
        parts = []
        for line in range(GRID_LINES + 1):
            value = self.lowest + (self.highest - self.lowest) * line / GRID_LINES
            y = self.y(value)
            parts.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
            parts.append(label(LEFT - 6, y + 4, shown(value, unit)))
        return "".join(parts)


def label(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y:.1f}" text-anchor="end">{escape(text)}</text>'


def picture(parts: list[str], height: int) -> str:
    shape = f'viewBox="0 0 {WIDTH} {height}" preserveAspectRatio="none"'
    return f'<svg {shape} width="100%" height="{height}">{"".join(parts)}</svg>'
