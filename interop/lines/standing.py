"""Peers that ask and do not read, beside an honest client; and such as cancel what they asked for."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Iterable

from line import PORT, Line
from suite.child import Failure, Service

if TYPE_CHECKING:
    from play import Run, Told

# What they ask for: beyond the most that a server would have under way for all of them.
FILE_BYTES = 64 << 20
SETTLE_SECONDS = 60
# How long slow ones are watched: twice as long as what the kernel keeps for one lasts at 2 kB/s.
WATCH_SECONDS = 120


class Readers:
    """On a host at no line; connected, and silent until they are told to ask."""

    def __init__(self, run: Run, cids: Iterable[str], *options: str):
        self.number, server = run.world.readers, run.servers[0]
        host = run.lines.host("readers", run.lines.house(Line(0, 0, 0, 0)))
        folder = run.folder / "readers"
        folder.mkdir()
        (folder / "cids").write_text("\n".join(cids))
        command = [*host.inside, run.programs["reader"], f"{server.host.address}:{PORT}"]
        options = (folder / "cids", f"--peers={self.number}", "--hold", *options)
        self.service = run.stack.enter_context(Service([*map(str, [*command, *options])], folder))
        self.wait("connected")

    def ask(self) -> None:
        self.service.tell("ask")
        self.wait("asking")

    def wait(self, count: str) -> None:
        self.wait_until(f"{self.number} {count}", SETTLE_SECONDS, count, self.number)

    def wait_until(self, what: str, seconds: float, count: str, least: int) -> None:
        lines = self.service.lines
        self.service.wait_for(
            what, seconds, lambda: (lines() and self.last()[count] >= least) or None
        )

    def last(self) -> dict[str, int]:
        return json.loads(self.service.lines()[-1])


class Standing:
    """Starts them, after the honest client has fetched files of the same size alone."""

    def __init__(self, run: Run, peers: list[str]):
        self.run, world = run, run.world
        self.server = run.servers[0]
        self.alone = run.several("alone", peers)
        if self.alone[-1].ended != "ok":
            raise Failure("the honest client fails also when it is alone")
        before = set(self.server.blocks())
        run.file("wanted", FILE_BYTES, world.readers_chunk_bytes)
        # Whoever reads what it asked for needs not ask again.
        options = [f"--rate={world.readers_bytes_per_s}"]
        options += ["--again=0"] if world.readers_bytes_per_s else []
        self.readers = Readers(run, set(self.server.blocks()) - before, *options)
        self.idle_mib = self.server.mib("VmRSS")
        self.readers.ask()
        self.first = self.readers.last()

    def told(self, beside: list[Told]) -> str:
        more = self.server.mib("VmRSS") - self.idle_mib
        held = self.server.metrics()["bitswap_server_outstanding_bytes"] / (1 << 20)
        most = self.server.setting("limits.in_flight").removesuffix("MiB")
        last, rate = self.readers.last(), self.run.world.readers_bytes_per_s
        text = f"{last['asking']} ask, {last['ended']} ended; {held:.1f} MiB outstanding, "
        text += f"{held / int(most):.2f} of in_flight; {more:+.0f} MiB above as many idle peers; "
        text += f"alone {span(self.alone)}, beside {span(beside)}"
        if rate:
            time.sleep(max(0, WATCH_SECONDS - (last["ms"] - self.first["ms"]) / 1000))
            last = self.readers.last()
            read, ms = (last[it] - self.first[it] for it in ("least_read_bytes", "ms"))
            text += f"; in {ms / 1000:.0f} s the slowest has {read * 1000 / ms / rate:.2f} of its line"
        return text


def span(fetches: list[Told]) -> str:
    seconds = [told.seconds for told in fetches]
    return f"{min(seconds):.2f} to {max(seconds):.2f} s"


def cancelled(run: Run, told: Told) -> None:
    """Each asks for the leaves of its part of a file, and cancels every second one a while later."""
    world, server = run.world, run.servers[0]
    each, before = world.file_bytes // world.chunk_bytes, set(server.blocks())
    run.file("wanted", world.readers * world.file_bytes, world.chunk_bytes)
    # Leaves are raw; what binds them together is not.
    leaves = [cid for cid in set(server.blocks()) - before if cid.startswith("bafkrei")]
    after = world.readers_cancel_after_ms
    readers = Readers(run, sorted(leaves), f"--each={each}", f"--cancel-after={after}")
    readers.ask()
    kept = world.readers * (each // 2)
    readers.wait_until("end of what was not cancelled", world.seconds(), "kept_came", kept)
    last = readers.last()
    told.cancelled = last["cancelled_came"] / last["cancelled"]
    told.server_mib = server.mib("VmHWM")
    told.besides = (
        f"cancelled blocks sent ÷ cancelled: **{told.cancelled:.3f}**, {last['cancelled_came']} of "
        f"{last['cancelled']}, and {last['came_before_cancel']} came before; {last['ended']} ended"
    )
