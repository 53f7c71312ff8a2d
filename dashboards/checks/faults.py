"""What goes wrong in a drill, at real nodes: each fault with its alert and its panel."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Callable

from .nodes import Node

MIB = 1024 * 1024
# A selector that is fit in the rehearsal, and names a peer that no real node has.
BREAKS = """\
fn select(ctx, session, asks) {
    let is_real = session.session >= 0 && session.session < 1_000_000;
    for want in session.wants {
        if session.peers.is_empty() { return; }
        let peer = if is_real { 999 } else { session.peers[0].peer };
        asks.block(want.want, peer, "guess");
    }
}
"""


class Place:
    """Where nodes run, and what they do until the end."""

    def __init__(self, program: Path, folder: Path, stack: ExitStack):
        self.program, self.folder, self.stack = program, folder, stack
        self.ended, self.random = threading.Event(), random.Random(7)
        self.nodes: list[Node] = []
        self.failed = ""

    def node(
        self, name: str, *arguments: str, folder: Path | None = None, **settings: str
    ) -> Node:
        node = Node(self.program, folder or self.folder, name, *arguments, **settings)
        self.stack.callback(node.stop)
        self.nodes.append(node)
        return node

    def keep_doing(self, work: Callable[[], None]) -> None:
        def repeat() -> None:
            while not self.ended.is_set():
                try:
                    work()
                except (RuntimeError, subprocess.TimeoutExpired, OSError) as error:
                    self.failed = str(error)
                self.ended.wait(0.3)

        thread = threading.Thread(target=repeat, daemon=True)
        thread.start()
        self.stack.callback(thread.join, 70)
        self.stack.callback(self.ended.set)

    def file(self, name: str, size: int) -> Path:
        file = self.folder / name
        file.write_bytes(self.random.randbytes(size))
        return file

    def absent(self) -> str:
        """The CID of a raw block that nobody has."""
        file = self.file("absent", 64)
        said = self.nodes[0].run("add", "--only-hash", str(file))
        return json.loads(said.splitlines()[-1])["cid"]


class Fault:
    """A node that works (`load`), until something happens to it (`begin`)."""

    name: str
    alert: str
    panel: str
    # Of whom the panel shows it.
    node: Node
    # For whom the alert fires, if it is another.
    alerted: Node | None = None

    def __init__(self, place: Place):
        self.place = place

    def load(self) -> None:
        """What its node does all the time."""

    def begin(self) -> None:
        """Makes it happen."""

    def shows(self, _labels: dict[str, str], value: float) -> bool:
        """Whether this series of its panel shows it."""
        return value > 0

    def shared(self, holder: Node, name: str, size: int) -> str:
        """The CID of a new file of the holder."""
        said = holder.run("add", str(self.place.file(name, size)))
        return json.loads(said.splitlines()[-1])["cid"]

    def fetch(self, cid: str, *options: str, check: bool = True) -> None:
        target = self.place.folder / f"{self.node.name}.out"
        self.node.run("get", cid, "-o", str(target), "--force", *options, check=check)


class StalledPeer(Fault):
    """The peer that a node is fetching from stands still, and its connection stays."""

    name = "a peer stalls"
    alert = "BitswapDown"
    panel = "Bitswap / 2 Fetching: Asks ended"

    def __init__(self, place: Place):
        super().__init__(place)
        limit = {"BITSWAP__LIMITS__UPLOAD": "6MiB/s"}
        self.alerted = place.node("stalling", **limit)
        self.node = place.node("waiting", "--peer", self.alerted.address)
        self.fetching = threading.Event()

    def load(self) -> None:
        cid = self.shared(self.alerted, "slowly", 24 * MIB)
        self.fetching.set()
        self.fetch(cid, "--timeout", "20s", check=False)
        self.fetching.clear()

    def begin(self) -> None:
        self.fetching.wait()
        time.sleep(1)
        self.alerted.process.send_signal(signal.SIGSTOP)
        self.place.stack.callback(self.alerted.process.send_signal, signal.SIGCONT)

    def shows(self, labels: dict[str, str], value: float) -> bool:
        return labels.get("outcome") == "timed_out" and value > 0


class BrokenScript(Fault):
    """A script that is put in charge names a peer that is not there."""

    name = "a script breaks"
    alert = "BitswapScriptGivenUp"
    panel = "Bitswap / 4 Strategies: Open breakers"

    def __init__(self, place: Place):
        super().__init__(place)
        self.holder = place.node("holder")
        self.node = place.node("scripted", "--peer", self.holder.address)

    def load(self) -> None:
        self.fetch(self.shared(self.holder, "for-scripts", MIB))

    def begin(self) -> None:
        scripts = self.node.folder / "strategies"
        scripts.mkdir(exist_ok=True)
        (scripts / "breaks.rhai").write_text(BREAKS)
        self.node.run("strategy", "use", "peer_selector", "breaks")


class FullDisk(Fault):
    """Nothing more fits on the disk of the store."""

    name = "the disk is full"
    alert = "BitswapStoreFails"
    panel = "Bitswap / 7 Store and node: Stores that cannot write"

    def __init__(self, place: Place):
        super().__init__(place)
        disk = place.folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(disk)]
        subprocess.run(mount, check=True)
        place.stack.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=False)
        self.disk = disk
        self.node = place.node("full", folder=disk)

    def load(self) -> None:
        self.node.run("add", str(self.place.file("small", 1024)), check=False)

    def begin(self) -> None:
        with (self.disk / "others").open("wb") as file:
            try:
                while True:
                    file.write(bytes(MIB // 16))
                    file.flush()
            except OSError:
                pass


class RouterDown(Fault):
    """The router that a node asks for providers answers nobody any more."""

    name = "the router is down"
    alert = "BitswapRouterFails"
    panel = "Bitswap / 6 Content routing and network: Routers: failures"

    def __init__(self, place: Place):
        super().__init__(place)
        self.router = place.node("router", BITSWAP__ROUTING__SERVE="127.0.0.1:0")
        url = self.router.report["routing_url"]
        self.node = place.node("asking", BITSWAP__ROUTING__DELEGATED=f'["{url}"]')

    def load(self) -> None:
        self.fetch(self.place.absent(), "--timeout", "3s", check=False)

    def begin(self) -> None:
        self.router.process.kill()


FAULTS = [StalledPeer, BrokenScript, FullDisk, RouterDown]
