"""A real Prometheus that scrapes nodes, or was given what is past, and what it answers."""

import json
import math
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

@dataclass
class Window:
    """What is looked at: so many seconds until the end, which is now unless it is said."""

    span: float = 60
    step: float = 2
    end: float | None = None

    def now(self) -> float:
        return time.time() if self.end is None else self.end


CONFIG = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: bitswap
    static_configs: [{{targets: [{nodes}]}}]
  - job_name: fixture
    static_configs: [{{targets: ['{fixture}']}}]
"""


def of_nodes(rules: Path, nodes: list[str], fixture: str) -> str:
    """The configuration of one that scrapes them."""
    targets = ", ".join(f"'{node}'" for node in nodes)
    return CONFIG.format(rules=rules.resolve(), nodes=targets, fixture=fixture)


class Prometheus:
    """One of its own, with what is in `data` in its folder, until it is stopped."""

    def __init__(self, folder: Path, configuration: str, window: Window):
        folder.mkdir(exist_ok=True)
        config = folder / "prometheus.yml"
        config.write_text(configuration)
        self.window = window
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = open(folder / "log", "w")
        command = ["prometheus", f"--config.file={config}"]
        command += [f"--storage.tsdb.path={folder / 'data'}"]
        command += [f"--web.listen-address={self.url.removeprefix('http://')}"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        for _ in range(200):
            if self.is_ready():
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"Prometheus does not start: {(folder / 'log').read_text()}")

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def ask(self, path: str, **parameters) -> object:
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error).get("error", str(error))) from error

    def series(self, expression: str, at_once: bool) -> int:
        """How many series an expression has now, or had in the second half of the window; those
        without a number do not count."""
        now, span, step = self.window.now(), self.window.span, self.window.step
        if at_once:
            found = self.ask("query", query=expression, time=now)["result"]
            values = [[one["value"]] for one in found]
        else:
            start = now - span / 2
            found = self.ask("query_range", query=expression, start=start, end=now, step=step)
            values = [one["values"] for one in found["result"]]
        return sum(any(is_number(value) for _, value in samples) for samples in values)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def is_number(value: str) -> bool:
    return math.isfinite(float(value))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
