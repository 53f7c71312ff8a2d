"""The shape of the boards: what Grafana would show wrongly without a word."""

import json
import re
from pathlib import Path

DATASOURCE = "${datasource}"
LABELS_OF_SCRAPES = {"job", "instance", "le", "alertname", "alertstate"}
FUNCTIONS = {"rate", "increase"}
SIMULATED = "bitswap_sim_"


def boards(folder: Path) -> list[dict]:
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


def panels(board: dict) -> list[dict]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def metrics(page: Path) -> dict[str, set[str]]:
    """The names of the page of metrics, each with its labels; buckets, sums and counts too."""
    known: dict[str, set[str]] = {}
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 6 or not cells[1].startswith("`") or cells[2] not in (
            "counter", "gauge", "histogram"
        ):
            continue
        name = cells[1].strip("`")
        labels = set(re.findall(r"`(\w+)`: ", cells[3]))
        ends = ["_bucket", "_sum", "_count"] if cells[2] == "histogram" else [""]
        known.update({name + end: labels for end in ends})
    return known


def faults(all_boards: list[dict], known: dict[str, set[str]]) -> list[str]:
    found = []
    for board in all_boards:
        found += of_board(board)
        for panel in panels(board):
            place = f"{board['title']}: {panel['title']}"
            found += [f"{place}: {what}" for what in of_panel(panel)]
            for target in panel["targets"]:
                found += [f"{place}: {what}" for what in of_expression(target["expr"], known)]
    uids = [board["uid"] for board in all_boards]
    return found + [f"{uid}: two boards have this uid" for uid in set(uids) if uids.count(uid) > 1]


def of_board(board: dict) -> list[str]:
    found = []
    numbers = [panel["id"] for panel in board["panels"]]
    if len(set(numbers)) != len(numbers):
        found.append(f"{board['title']}: two panels have the same id")
    taken: dict[tuple[int, int], str] = {}
    for panel in board["panels"]:
        grid = panel["gridPos"]
        if grid["x"] + grid["w"] > 24:
            found.append(f"{board['title']}: {panel['title']}: wider than the board")
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                other = taken.setdefault((x, y), panel["title"])
                if other != panel["title"]:
                    found.append(f"{board['title']}: {panel['title']} lies over {other}")
    names = {variable["name"] for variable in board["templating"]["list"]}
    for used in set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(board))) - names:
        found.append(f"{board['title']}: the variable {used} is not there")
    return found


def of_panel(panel: dict) -> list[str]:
    found = []
    if len(panel.get("description", "")) < 20:
        found.append("no description")
    if not panel["fieldConfig"]["defaults"].get("unit"):
        found.append("no unit")
    for asked in [panel, *panel["targets"]]:
        if asked["datasource"]["uid"] != DATASOURCE:
            found.append("its data source is not the variable")
    return found


def of_expression(expression: str, known: dict[str, set[str]]) -> list[str]:
    found = []
    for function, window in re.findall(r"\b(\w+)\([^()]*\[([^\]]+)\]", expression):
        if function == "rate" and window != "$__rate_interval":
            found.append(f"rate over {window}, not $__rate_interval")
    for name, selector in re.findall(r"\b((?:bitswap|process)_\w+)(\{[^}]*\})?", expression):
        chosen = "$scenario" if name.startswith(SIMULATED) else "$instance"
        if name not in known:
            found.append(f"there is no metric {name}")
            continue
        labels = set(re.findall(r"(\w+)\s*[=!]~?\s*\"", selector or ""))
        for label in labels - known[name] - LABELS_OF_SCRAPES:
            found.append(f"{name} has no label {label}")
        if not selector or chosen not in selector:
            found.append(f"{name} is not limited to what is selected ({chosen})")
    return found
