"""The boards as pages, filled from Prometheus: what Grafana would draw, near enough to be looked at."""

import math
import re
import shutil
import subprocess
from html import escape
from pathlib import Path
from typing import Callable

from .drawing import Line, heat, lines
from .prometheus import Prometheus
from .units import shown

UNIT_HEIGHT = 34
PALETTE = ["#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#705DA0",
           "#37872D", "#FADE2A", "#447EBC", "#C15C17", "#890F02", "#0A437C", "#6D1F62", "#584477"]
NAMED = {"green": "#73BF69", "orange": "#FF9830", "red": "#F2495C"}
LEGENDS = 8
# Of a title, a number, and all else.
PIXELS = {1: 36, 4: 92, 8: 262}
STYLE = """
body { margin: 0; background: #111217; color: #ccccdc; font: 12px Inter, "DejaVu Sans", sans-serif }
h1 { font-size: 18px; margin: 12px 16px 0 } h1 small { color: #8e8e9a; font-size: 13px }
main { display: grid; grid-template-columns: repeat(24, 1fr); gap: 8px; padding: 12px 16px }
h2 { grid-column: 1 / -1; font-size: 14px; margin: 6px 0 0 }
section { background: #181b1f; border: 1px solid #2a2d34; border-radius: 3px; padding: 6px 8px;
  overflow: hidden }
h3 { font-size: 12px; margin: 0 0 4px; font-weight: 500 }
.stat { font-size: 28px; text-align: center; padding-top: 14px }
.legend { display: flex; flex-wrap: wrap; gap: 2px 12px; color: #a3a3b1 }
.legend i { display: inline-block; width: 12px; height: 3px; margin-right: 4px;
  vertical-align: middle } .legend b { color: #ccccdc; font-weight: 500 }
text { fill: #8e8e9a; font-size: 11px } .grid { stroke: #2a2d34 }
table { width: 100%; border-collapse: collapse } td, th { text-align: left; padding: 2px 6px;
  border-bottom: 1px solid #2a2d34 } .none { color: #8e8e9a; padding: 20px; text-align: center }
"""


def write(
    prometheus: Prometheus, boards: list[dict], filled_in: Callable[[str], str], folder: Path
) -> list[Path]:
    """A page for each board, and a picture of it where there is Chromium."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for board in boards:
        page = folder / f"{board['uid']}.html"
        page.write_text(of_board(prometheus, board, filled_in))
        written.append(photographed(page, height_of(board)))
    return written


def height_of(board: dict) -> int:
    """About that many pixels: each level is as tall as its tallest panel."""
    levels: dict[int, int] = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        levels[place["y"]] = max(levels.get(place["y"], 0), PIXELS[place["h"]])
    return 60 + sum(levels.values())


def photographed(page: Path, height: int) -> Path:
    chromium = shutil.which("chromium")
    if not chromium:
        return page
    picture = page.with_suffix(".png")
    command = [chromium, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
               f"--window-size=1600,{height}", f"--screenshot={picture}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return picture


def of_board(prometheus: Prometheus, board: dict, filled_in: Callable[[str], str]) -> str:
    parts = []
    for panel in board["panels"]:
        if panel["type"] == "row":
            parts.append(f"<h2>{escape(panel['title'])}</h2>")
            continue
        place = panel["gridPos"]
        style = f"grid-column: {place['x'] + 1} / span {place['w']}"
        body = KINDS[panel["type"]](prometheus, panel, filled_in)
        title = f"<h3>{escape(panel['title'])}</h3>"
        parts.append(f'<section style="{style}">{title}{body}</section>')
    head = f"<meta charset=utf-8><title>{escape(board['title'])}</title><style>{STYLE}</style>"
    name = f"<h1>{escape(board['title'])} <small>{escape(board['description'])}</small></h1>"
    return f"<!doctype html><html>{head}<body>{name}<main>{''.join(parts)}</main></body></html>\n"


def over_time(prometheus: Prometheus, panel: dict, filled_in: Callable[[str], str]) -> list[Line]:
    window = prometheus.window
    now, step, steps = window.now(), window.step, round(window.span / window.step)
    start = now - window.span
    found = []
    for target in panel["targets"]:
        asked = {"query": filled_in(target["expr"]), "start": start, "end": now, "step": step}
        for one in prometheus.ask("query_range", **asked)["result"]:
            values = {round((float(at) - start) / step): float(it) for at, it in one["values"]}
            kept = [values.get(place) for place in range(steps + 1)]
            kept = [v if v is not None and math.isfinite(v) else None for v in kept]
            if any(value is not None for value in kept):
                found.append(Line(legend(target["legendFormat"], one["metric"]), "", kept))
    colours = {
        it["matcher"]["options"]: it["properties"][0]["value"]["fixedColor"]
        for it in panel["fieldConfig"]["overrides"]
    }
    for place, line in enumerate(found):
        line.colour = colours.get(line.name, PALETTE[place % len(PALETTE)])
    return found


def legend(pattern: str, labels: dict[str, str]) -> str:
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), pattern) or "value"


def time_series(prometheus: Prometheus, panel: dict, filled_in: Callable[[str], str]) -> str:
    found = over_time(prometheus, panel, filled_in)
    if not found:
        return '<div class="none">No data</div>'
    unit = panel["fieldConfig"]["defaults"]["unit"]
    stacked = panel["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "normal"
    drawn = lines(found, unit, UNIT_HEIGHT * 5, stacked)
    entries = []
    for line in found[:LEGENDS]:
        last = next(value for value in reversed(line.values) if value is not None)
        entries.append(
            f'<span><i style="background: {line.colour}"></i>{escape(line.name)} '
            f"<b>{escape(shown(last, unit))}</b></span>"
        )
    if len(found) > LEGENDS:
        entries.append(f"<span>and {len(found) - LEGENDS} more</span>")
    return f'{drawn}<div class="legend">{"".join(entries)}</div>'


def heat_map(prometheus: Prometheus, panel: dict, filled_in: Callable[[str], str]) -> str:
    """Buckets count all that is below them too."""
    found = [line for line in over_time(prometheus, panel, filled_in) if line.name != "+Inf"]
    found.sort(key=lambda line: float(line.name))
    bands, below = [], None
    for line in found:
        values = [v or 0 for v in line.values]
        own = [v - u for v, u in zip(values, below or [0] * len(values))]
        bands.append(Line(shown(float(line.name), panel["options"]["yAxis"]["unit"]), "", own))
        below = values
    return heat(bands, UNIT_HEIGHT * 6) if bands else '<div class="none">No data</div>'


def number(prometheus: Prometheus, panel: dict, filled_in: Callable[[str], str]) -> str:
    asked = filled_in(panel["targets"][0]["expr"])
    found = prometheus.ask("query", query=asked, time=prometheus.window.now())["result"]
    value = float(found[0]["value"][1]) if found else 0.0
    defaults = panel["fieldConfig"]["defaults"]
    colour = "#ccccdc"
    if panel["options"]["colorMode"] == "value":
        for step in defaults["thresholds"]["steps"]:
            if step["value"] is None or value >= step["value"]:
                colour = NAMED.get(step["color"], step["color"])
    return f'<div class="stat" style="color: {colour}">{shown(value, defaults["unit"])}</div>'


def rows(prometheus: Prometheus, panel: dict, filled_in: Callable[[str], str]) -> str:
    """One row for each set of labels, with a column for each query."""
    renamed = panel["transformations"][1]["options"]["renameByName"]
    merged: list[dict[str, str]] = []
    for target in panel["targets"]:
        alone = len(panel["targets"]) == 1
        column = "Value" if alone else f"Value #{target['refId']}"
        asked = {"query": filled_in(target["expr"]), "time": prometheus.window.now()}
        for one in prometheus.ask("query", **asked)["result"]:
            labels = {k: v for k, v in one["metric"].items() if k != "__name__"}
            row = next((row for row in merged if fits(row, labels) and column not in row), None)
            if row is None:
                merged.append(row := {})
            row.update(labels)
            row[column] = shown(float(one["value"][1]), "short")
    names = list(dict.fromkeys(name for row in merged for name in row))
    head = "".join(f"<th>{escape(renamed.get(name, name))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(row.get(name, ''))}</td>" for name in names) + "</tr>"
        for row in merged
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def fits(row: dict[str, str], labels: dict[str, str]) -> bool:
    """Whether nothing that both have differs; Grafana merges such rows."""
    return all(row.get(name, value) == value for name, value in labels.items())


KINDS = {"timeseries": time_series, "heatmap": heat_map, "stat": number, "table": rows}
