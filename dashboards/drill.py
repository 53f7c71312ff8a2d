#!/usr/bin/env python3
"""A drill: things go wrong at real nodes, and for each a real Prometheus fires the alert that
docs/operations.md has for it, and a panel shows it. Before, neither does.

usage: dashboards/drill.py PROGRAM

PROGRAM is the built `bitswap`. Needs Debian's prometheus, and root for a disk that gets full. The
rules are those of rules/, with seconds for minutes.
"""

from __future__ import annotations

import re
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Iterator

from checks.faults import FAULTS, Fault, Place
from checks.live import filled_in, serve
from checks.prometheus import Prometheus, Window, of_nodes
from checks.shape import boards, panels

HERE = Path(__file__).resolve().parent
QUIET_SECONDS = 20
SEEN_SECONDS = 60


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory(
        prefix="bitswap-drill-", ignore_cleanup_errors=True
    ) as scratch, ExitStack() as stack:
        place = Place(Path(sys.argv[1]).resolve(), Path(scratch), stack)
        faults = [fault(place) for fault in FAULTS]
        prometheus = watched(place, stack)
        for fault in faults:
            place.keep_doing(fault.load)
        time.sleep(QUIET_SECONDS)
        wrong = [f"{it.name}: {what} before anything went wrong"
                 for it in faults for what in noticed(prometheus, it)]
        for fault in faults:
            fault.begin()
        wrong += [f"{what} not seen" for what in unseen(prometheus, faults)]
    for line in wrong:
        print(f"WRONG  {line}")
    print(f"{len(faults)} faults, {len(wrong)} wrong")
    return int(bool(wrong))


def watched(place: Place, stack: ExitStack) -> Prometheus:
    """A Prometheus for which a minute is a second or two."""
    rules = (HERE / "rules/bitswap.rules.yml").read_text()
    rules = re.sub(r"\[\d+m\]", "[12s]", re.sub(r"for: \d+m", "for: 2s", rules))
    fast = place.folder / "fast.rules.yml"
    fast.write_text(rules)
    fixture = serve(b"")
    stack.callback(fixture.shutdown)
    targets = [node.instance for node in place.nodes]
    configuration = of_nodes(fast, targets, f"127.0.0.1:{fixture.server_port}")
    prometheus = Prometheus(place.folder / "prometheus", configuration, Window())
    stack.callback(prometheus.stop)
    return prometheus


def unseen(prometheus: Prometheus, faults: list[Fault]) -> list[str]:
    """What of the alerts and the panels has not come in time."""
    started = time.monotonic()
    awaited = {(fault, what) for fault in faults for what in (fault.alert, fault.panel)}
    while awaited and (seconds := time.monotonic() - started) < SEEN_SECONDS:
        for fault in faults:
            for what in noticed(prometheus, fault):
                if (fault, what) in awaited:
                    awaited.remove((fault, what))
                    print(f"ok     {fault.name}: {what}, within {seconds:.0f} s", flush=True)
        time.sleep(1)
    return sorted(f"{fault.name}: {what}" for fault, what in awaited)


def noticed(prometheus: Prometheus, fault: Fault) -> Iterator[str]:
    """The alert, if it fires for the node at fault, and the panel, if it shows it."""
    firing = {
        (alert["labels"]["alertname"], alert["labels"].get("instance"))
        for alert in prometheus.ask("alerts")["alerts"] if alert["state"] == "firing"
    }
    if (fault.alert, (fault.alerted or fault.node).instance) in firing:
        yield fault.alert
    instance = re.escape(fault.node.instance).replace("\\", "\\\\")
    for expression in expressions_of(fault.panel):
        expression = expression.replace("$instance", instance)
        found = prometheus.ask("query", query=filled_in(expression, "bitswap"))["result"]
        if any(fault.shows(one["metric"], float(one["value"][1])) for one in found):
            yield fault.panel
            return


def expressions_of(title: str) -> list[str]:
    """Those of the panel `Board: Panel`."""
    for board in boards(HERE / "grafana"):
        for panel in panels(board):
            if f"{board['title']}: {panel['title']}" == title:
                return [target["expr"] for target in panel["targets"]]
    raise ValueError(f"there is no panel {title}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
