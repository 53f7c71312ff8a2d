"""Hosts at the ends of lines, with a router in the middle; built of network namespaces."""

from __future__ import annotations

import ctypes
import os
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from suite.child import Failure, Service, run
from suite.networks import Networks, cable, do, inside

SOURCE = Path(__file__).resolve().parent / "link.c"
READY_SECONDS = 20
CLONE_NEWNET = 0x40000000
# What every node listens on, of TCP and of QUIC.
PORT = 4001
NEW = "tcp flags & syn == syn add @new {tcp sport . tcp dport}\ntcp sport . tcp dport @new accept"


@dataclass(frozen=True)
class Line:
    """What lies between a house and the rest of the world. 0 bytes a second are no limit."""

    up_bytes: int
    down_bytes: int
    delay_ms: int
    queue_ms: int

    def is_perfect(self) -> bool:
        return not (self.up_bytes or self.down_bytes or self.delay_ms)


@dataclass
class House:
    """A place that hosts are in, and the program that is its line."""

    space: str
    route: str | None = None
    link: Service | None = None


@dataclass
class Host:
    """A namespace with an address."""

    space: str
    address: str
    house: House

    @property
    def inside(self) -> list[str]:
        """What goes before a command to run it there."""
        return inside(self.space)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """What this thread opens meanwhile is in the namespace, and stays there."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.space}", os.O_RDONLY)
        try:
            enter(there)
            yield
        finally:
            enter(home)
            os.close(home)
            os.close(there)

    def came(self) -> int:
        """Bytes of all packets that came here so far."""
        with self.entered():
            rows = Path("/proc/thread-self/net/dev").read_text().splitlines()
        return next(int(row.split()[1]) for row in rows if row.strip().startswith("net:"))

    def connections(self, *options: str) -> list[str]:
        """Those with other hosts, by TCP, as `ss` shows them."""
        chosen = ["state", "established", f"( sport = :{PORT} or dport = :{PORT} )"]
        command = [*self.inside, "ss", "-Htn", *options, *chosen]
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()

    def reset(self) -> None:
        self.connections("--kill")

    def strand(self) -> None:
        """The connections that are there carry nothing any more and nobody is told; new ones do,
        also between the same two ports."""
        ends = [row.split()[2:4] for row in self.connections()]
        ports = [[end.rsplit(":", 1)[1] for end in both] for both in ends]
        dead = {"output": ports, "input": [both[::-1] for both in ports]}
        rules = ["table ip strand {", "set new { typeof tcp sport . tcp dport; flags dynamic; }"]
        for hook, ways in dead.items():
            rules += [f"chain {hook} {{ type filter hook {hook} priority 0", NEW]
            rules += [f"tcp sport {source} tcp dport {target} drop" for source, target in ways]
            rules.append("}")
        do(*self.inside, "nft", "-f", "-", text="\n".join([*rules, "}"]))

    def drop(self, everything: bool) -> None:
        if not self.house.link:
            raise Failure(f"{self.space} has no line that could drop anything")
        self.house.link.tell("drop" if everything else "pass")


class Lines(Networks):
    """Houses around a router; `program` is what `link_program` built."""

    def __init__(self, program: Path, folder: Path, stack: ExitStack) -> None:
        super().__init__()
        self.program, self.folder, self.stack = program, folder, stack
        self.hosts = self.houses = 0

    def __enter__(self) -> Lines:
        super().__enter__()
        forwards(self.internet)
        return self

    def house(self, line: Line) -> House:
        """At the end of a line that is perfect, hosts are at the router itself."""
        if line.is_perfect():
            return House(self.internet)
        self.houses += 1
        space, device = self.namespace(f"house{self.houses}"), f"line{self.houses}"
        forwards(space)
        folder = self.folder / space
        folder.mkdir()
        ends = [space, "line", self.internet, device]
        numbers = [line.up_bytes, line.down_bytes, line.delay_ms, line.queue_ms]
        link = Service([self.program, *ends, *map(str, numbers)], folder)
        self.stack.enter_context(link)
        link.wait_for("line", READY_SECONDS, lambda: link.lines() or None)
        near, far = (f"12.{self.houses}.0.{end}" for end in (2, 1))
        for place, name, address in ((space, "line", near), (self.internet, device, far)):
            do("ip", "-n", place, "address", "add", f"{address}/30", "dev", name)
            # Else a burst is lost before the line has seen it.
            do("ip", "-n", place, "link", "set", name, "up", "txqueuelen", "10000")
        do("ip", "-n", space, "route", "add", "default", "via", far)
        return House(space, near, link)

    def host(self, name: str, house: House) -> Host:
        self.hosts += 1
        space, net = self.namespace(name), f"11.{self.hosts}.0"
        cable((house.space, f"to{self.hosts}", f"{net}.1/30"), (space, "net", f"{net}.2/30"))
        do("ip", "-n", space, "route", "add", "default", "via", f"{net}.1")
        if house.route:
            do("ip", "-n", self.internet, "route", "add", f"{net}.0/30", "via", house.route)
        return Host(space, f"{net}.2", house)


def forwards(space: str) -> None:
    do(*inside(space), "sysctl", "-qw", "net.ipv4.ip_forward=1")


def enter(space: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(space, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def link_program(folder: Path) -> Path:
    """Compiles it."""
    program = folder / "link"
    run(["cc", "-O2", "-o", program, SOURCE], folder, READY_SECONDS)
    return program
