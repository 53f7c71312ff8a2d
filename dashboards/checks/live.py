"""Every expression of the boards and rules, evaluated over real nodes under load."""

import http.server
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from . import render
from .nodes import Swarm
from .prometheus import Prometheus, Window, of_nodes
from .shape import panels

LOAD_SECONDS = 45
# What is empty on healthy nodes: a fixture, scraped beside them, fills it.
FIXTURE = Path(__file__).resolve().parent / "fixture.prom"
EMPTY_ON_PURPOSE = {
    "any board: annotation Script given up": "no script was given up",
}


@dataclass
class Result:
    place: str
    expression: str
    series: int
    error: str = ""
    filled_by_fixture: bool = False

    @property
    def is_good(self) -> bool:
        return self.series > 0 and not self.error

    def line(self) -> str:
        if self.error:
            return f"WRONG  {self.place}: {self.error}\n       {self.expression}"
        if not self.series:
            return f"EMPTY  {self.place}\n       {self.expression}"
        fixture = ", by the fixture" if self.filled_by_fixture else ""
        return f"ok     {self.place}: {self.series} series{fixture}"


def run(
    program: Path, boards: list[dict], rules: Path, scripts: Path, scratch: Path,
    pictures: Path | None,
):
    """The results of all expressions, and a scrape of a node. Draws the boards, if it is to."""
    swarm = Swarm(program, scratch, scripts)
    fixture = serve(FIXTURE.read_bytes())
    prometheus = None
    try:
        nodes = [node.instance for node in swarm.nodes]
        configuration = of_nodes(rules, nodes, f"127.0.0.1:{fixture.server_port}")
        prometheus = Prometheus(scratch / "prometheus", configuration, Window())
        swarm.start()
        time.sleep(LOAD_SECONDS)
        results = [evaluate(prometheus, *asked) for asked in expressions(boards)]
        results += of_rules(prometheus)
        if pictures:
            fill = lambda expression: filled_in(expression, "bitswap")  # noqa: E731
            for picture in render.write(prometheus, boards, fill, pictures):
                print(f"drawn  {picture}", flush=True)
        return results, swarm.near.scrape(), swarm.failures
    finally:
        swarm.stop()
        if prometheus:
            prometheus.stop()
        fixture.shutdown()


def expressions(boards: list[dict]):
    """Each expression with its place, and whether it is evaluated at one moment."""
    for board in boards:
        for panel in panels(board):
            for target in panel["targets"]:
                place = f"{board['title']}: {panel['title']} {target['refId']}"
                yield place, target["expr"], target["instant"]
    for annotation in boards[0]["annotations"]["list"]:
        yield f"any board: annotation {annotation['name']}", annotation["expr"], False
    for variable in boards[0]["templating"]["list"]:
        if variable["type"] == "query":
            asked = variable["definition"].removeprefix("label_values(").removesuffix(")")
            metric, label = asked.rsplit(", ", 1)
            yield f"any board: variable {variable['name']}", f"count by ({label}) ({metric})", True


def evaluate(prometheus: Prometheus, place: str, expression: str, at_once: bool) -> Result:
    is_empty_on_purpose = place in EMPTY_ON_PURPOSE
    asked = filled_in(expression, "fixture" if is_empty_on_purpose else "bitswap")
    try:
        series = prometheus.series(asked, at_once)
        return Result(place, asked, series, filled_by_fixture=is_empty_on_purpose)
    except ValueError as error:
        return Result(place, asked, 0, str(error))


def filled_in(expression: str, job: str) -> str:
    """What Grafana would send."""
    values = {
        "$__rate_interval": "15s", "$__range": "1m", "$__interval": "2s",
        "$job": job, "$instance": ".*", "$scenario": ".*", "$contestant": ".*",
    }
    for name, value in values.items():
        expression = expression.replace(name, value)
    return expression


def of_rules(prometheus: Prometheus) -> list[Result]:
    """Rules: none has an error, and recorded ones have series. Alerts are quiet on healthy nodes;
    promtool's tests have each of them fire."""
    results = []
    for group in prometheus.ask("rules")["groups"]:
        for rule in group["rules"]:
            place, error = f"rule {rule['name']}", rule.get("lastError", "")
            if rule["type"] == "alerting":
                results.append(Result(place, rule["query"], 1, error))
            else:
                series = prometheus.series(rule["name"], True)
                results.append(Result(place, rule["query"], series, error))
    return results


def serve(body: bytes) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 the name is given
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
