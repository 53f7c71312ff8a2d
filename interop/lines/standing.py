"""Peers that ask and do not read, beside an honest client."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from line import PORT, Line
from suite.child import Failure, Service

if TYPE_CHECKING:
    from play import Run

# What they ask for: beyond the most that a server would have under way for all of them.
FILE_BYTES = 64 << 20
SETTLE_SECONDS = 60


class Standing:
    """Starts them, after the honest client has fetched a file of the same size alone."""

    def __init__(self, run: Run, peers: list[str]):
        self.run, world = run, run.world
        self.server = run.servers[0]
        self.alone_seconds = self.alone(peers)
        before = set(self.server.blocks())
        run.file("wanted", FILE_BYTES, world.readers_chunk_bytes)
        cids = run.folder / "cids"
        cids.write_text("\n".join(set(self.server.blocks()) - before))
        host = run.lines.host("readers", run.lines.house(Line(0, 0, 0, 0)))
        folder = run.folder / "readers"
        folder.mkdir()
        command = [*host.inside, run.programs["reader"], f"{self.server.host.address}:{PORT}", cids]
        options = [f"--peers={world.readers}", f"--rate={world.readers_bytes_per_s}"]
        # Whoever reads what it asked for needs not ask again.
        options += ["--again=0"] if world.readers_bytes_per_s else []
        self.service = run.stack.enter_context(Service([*map(str, command), *options], folder))
        self.service.wait_for("reader that asks", SETTLE_SECONDS, self.all_ask)
        self.begun, self.first = time.monotonic(), self.last()

    def alone(self, peers: list[str]) -> float:
        run = self.run
        cid = run.file("alone", run.world.file_bytes, run.world.chunk_bytes)
        client = run.clients[0]
        with client.fetch(cid, peers, run.folder / "alone.copy", run.folder / "fetch") as fetch:
            if fetch.process.wait(run.world.seconds()) != 0:
                raise Failure("the honest client fails also when it is alone")
            return client.told_seconds(fetch)

    def last(self) -> dict:
        return json.loads(self.service.lines()[-1])

    def all_ask(self) -> bool | None:
        return bool(self.service.lines()) and self.last()["asking"] >= self.run.world.readers or None

    def told(self) -> str:
        last, gone = self.last(), time.monotonic() - self.begun
        held = self.server.metrics()["bitswap_server_outstanding_bytes"] / (1 << 20)
        text = f"{last['asking']} ask, {last['ended']} ended; {held:.1f} MiB outstanding"
        rate = self.run.world.readers_bytes_per_s
        if rate:
            least = (last["least_read_bytes"] - self.first["least_read_bytes"]) / gone / rate
            text += f"; the slowest has {least:.2f} of its line"
        return text
