"""What a measure is, where it is taken, and how processes are measured."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from suite.bitswap import Daemon
from suite.child import Failure, Service

from cases import Link

READY_SECONDS = 60
ADD_SECONDS = 600
REST_SECONDS = 1
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Measure:
    """One fetch of everything, with both sides' costs."""

    seconds: float
    received_by_useful: float | None = None
    p50_us: float | None = None
    p99_us: float | None = None
    client_bytes: int | None = None
    server_bytes: int | None = None
    cpu_seconds: float | None = None
    # Of the whole process, at its most and after the fetch.
    client_peak_bytes: int | None = None
    client_rest_bytes: int | None = None


@dataclass
class Unfinished:
    """How much of a fetch had come when its time was up."""

    came: int
    of: int
    what: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.came} of {self.of} {self.what} in {self.seconds:.0f} s"


@dataclass
class Place:
    """Where a measure is taken: a folder of its own, the programs, what the whole run keeps, and
    how many seconds a fetch may take."""

    folder: Path
    speed: Path
    bitswap: Path
    kept: Path
    seconds: int
    stack: ExitStack = field(default_factory=ExitStack)

    def linked(self, address: str, links: list[Link], number: int) -> str:
        """The address of a server through its link, if there is one."""
        if not links:
            return address
        link = links[number % len(links)]
        port, kind = address.split("/")[4], address.split("/")[3]
        folder = self.folder / f"link-{number}"
        folder.mkdir()
        options = ["--to", f"127.0.0.1:{port}", "--delay-ms", str(link.round_trip_ms // 2)]
        command = [self.speed, "link", *options, "--mbit", str(link.mbit)]
        service = self.stack.enter_context(Service(command, folder))
        line = service.wait_for("link", READY_SECONDS, lambda: service.lines() or None)[0]
        return address.replace(f"/{kind}/{port}", f"/{kind}/{json.loads(line)['port']}", 1)


def compare(source: Path, copy: Path) -> None:
    if subprocess.run(["diff", "-rq", source, copy], capture_output=True).returncode != 0:
        raise Failure("the copy differs from its source")


def left_off(source: Path, copy: Path, seconds: float) -> Unfinished:
    """How much of `copy` was written when the time was up."""
    return Unfinished(length(copy), length(source), "bytes", seconds)


def length(path: Path) -> int:
    files = [path, *path.rglob("*")]
    return sum(file.stat().st_size for file in files if file.is_file())


def connected(node: Daemon, count: int) -> bool | None:
    return len(node.bitswap("peers", "--json").splitlines()) >= count or None


class Meter:
    """What a process uses from now on."""

    def __init__(self, pid: int):
        self.folder = Path(f"/proc/{pid}")
        self.cpu_before, self.memory_before = self.ticks(), self.kib("VmRSS")

    def cpu(self) -> float:
        return (self.ticks() - self.cpu_before) / TICKS

    def memory(self) -> int:
        """Peak memory above what was there, in bytes."""
        return (self.kib("VmHWM") - self.memory_before) * 1024

    def rest(self) -> int:
        """Memory once it has nothing to do, in bytes."""
        time.sleep(REST_SECONDS)
        return self.kib("VmRSS") * 1024

    def ticks(self) -> int:
        fields = (self.folder / "stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def kib(self, key: str) -> int:
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise Failure(f"{self.folder} has no {key}")
