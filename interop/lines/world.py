"""What takes place: worlds as they stand in `worlds/*.toml`.

A file has `about`, what all its runs have in common, and `[[runs]]`, each with what it has besides. A
list in `each` makes a run of every value; several make all combinations.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from itertools import product
from pathlib import Path

from line import Line
from suite.child import Failure

FOLDER = Path(__file__).resolve().parent / "worlds"
# From 100 Mbit/s on the processor is what waits, so that nothing else may run beside.
FAST_KB = 12_500
# What a run may take that only waits for its line: this many times as long, and this besides.
PATIENCE, PATIENCE_SECONDS = 2, 60


@dataclass(frozen=True)
class Event:
    """`pause`, `kill` and `half_open` last `for_s`; `strand` stays; `reset_every` has `bytes`."""

    what: str
    at_s: float = 0
    for_s: float = 0
    server: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        when = f"{self.bytes} bytes" if self.bytes else f"for {self.for_s} s" if self.for_s else ""
        return f"{self.what.replace('_', ' ')} {when}".strip()


@dataclass(frozen=True)
class World:
    """Each server at the end of a line of its own; a field that is not there is as it stands here."""

    about: str
    file_bytes: int
    chunk_bytes: int = 262_144
    # `ours` or `kubo`.
    server: str = "ours"
    client: str = "ours"
    servers: int = 1
    clients: int = 1
    transport: str = "tcp"
    # Whether it has a ramp in the simulator; here it always has.
    ramp: bool = False
    # Whether nothing was fetched over the connections before.
    fresh: bool = False
    # The line of each server, or those of them, one by one; 0 is no limit, and down is as up.
    up_kb_per_s: int = 0
    up_kb_per_s_of: tuple[int, ...] = ()
    down_kb_per_s: int = 0
    delay_ms: int = 0
    delay_ms_of: tuple[int, ...] = ()
    queue_ms: int = 200
    # The line of each client, or of all of them together.
    client_up_kb_per_s: int = 0
    client_down_kb_per_s: int = 0
    client_delay_ms: int = 0
    clients_share: bool = False
    # Clients are connected to one another, too; each has its own line.
    crowd: bool = False
    # A relay (`ours` or `kubo`) and its line, over which clients reach the server; nobody punches
    # holes.
    relay: str = ""
    relay_kb_per_s: int = 0
    relay_delay_ms: int = 0
    # `limits.upload` of our servers, if they have one.
    upload_limit_kib_per_s: int = 0
    events: tuple[Event, ...] = ()
    # Peers that ask for other blocks and do not read, or so many bytes a second.
    readers: int = 0
    readers_bytes_per_s: int = 0
    readers_chunk_bytes: int = 262_144
    # If this is not 0, each reads everything, asks for blocks of its own, `file_bytes` of them, and
    # cancels every second one so long afterwards; nobody else fetches.
    readers_cancel_after_ms: int = 0
    # How many files are fetched, one after the other; the median is told.
    fetches: int = 1
    # What is so today: `succeeds`, `fails` or `varies`, and if not the first, `because`. Bounds are
    # on what succeeds.
    expect: str = "succeeds"
    because: str = ""
    at_most: float = 0
    received_at_most: float = 0
    cancelled_at_most: float = 0
    gate: bool = False
    # The clients' peer selector, if it is not the default's.
    selector: str = ""
    # Of its file.
    name: str = field(default="", kw_only=True)

    def __str__(self) -> str:
        ups, down, limit = self.ups(), self.client_down_kb_per_s, self.upload_limit_kib_per_s
        rates = "+".join(map(str, ups)) if len(set(ups)) > 1 else f"{len(ups)} × {ups[0]}"
        several = f", {self.clients} clients" if self.clients > 1 else ""
        cancel_ms, many = self.readers_cancel_after_ms, self.readers
        standing = many and not cancel_ms
        delays = self.delay_ms_of or (self.delay_ms or self.client_delay_ms or self.relay_delay_ms,)
        told = {
            f"{rates if len(ups) > 1 else ups[0]} kB/s": any(ups),
            f"limit {limit} KiB/s": limit,
            f"{'lines' if self.crowd else 'shared line'} of {down} kB/s": down,
            f"over a relay ({self.relay}) at {self.relay_kb_per_s} kB/s": self.relay,
            f"{'+'.join(map(str, delays))} ms": True,
            f"{self.file_bytes / 1e6:.1f} MB, blocks of {self.chunk_bytes >> 10} KiB": True,
            f"{self.client} from {self.server}{several}": self.clients,
            "QUIC": self.transport != "tcp",
            "a crowd": self.crowd,
            f"by {self.selector}": self.selector,
            "fresh": self.fresh,
            f"{many} readers of {self.readers_bytes_per_s} B/s": standing,
            f"who want blocks of {self.readers_chunk_bytes >> 10} KiB": standing,
            f"for each of {many} who ask {self.server} and cancel after {cancel_ms} ms": cancel_ms,
        }
        events = [str(event) for event in self.events]
        return f"{self.name}: " + ", ".join([text for text in told if told[text]] + events)

    def ups(self) -> tuple[int, ...]:
        return self.up_kb_per_s_of or (self.up_kb_per_s,) * self.servers

    def server_lines(self) -> list[Line]:
        down, ups = self.down_kb_per_s, self.ups()
        lines = zip(ups, self.delay_ms_of or (self.delay_ms,) * len(ups), strict=True)
        return [Line(up * 1000, (down or up) * 1000, ms, self.queue_ms) for up, ms in lines]

    def client_line(self) -> Line:
        up, down = self.client_up_kb_per_s * 1000, self.client_down_kb_per_s * 1000
        return Line(up or down, down or up, self.client_delay_ms, self.queue_ms)

    def relay_line(self) -> Line:
        rate = self.relay_kb_per_s * 1000
        return Line(rate, rate, self.relay_delay_ms, self.queue_ms)

    def is_fast(self) -> bool:
        """Whether it wants the machine for itself."""
        bounds = [line.up_bytes for line in [*self.server_lines(), self.relay_line()] if line.up_bytes]
        slowest = min([*bounds, self.client_line().down_bytes or FAST_KB * 1000])
        return slowest >= FAST_KB * 1000 or self.readers > 0 or self.crowd

    def line_seconds(self) -> float:
        """What the lines need at least."""
        servers = [line.up_bytes for line in self.server_lines()]
        limit = self.upload_limit_kib_per_s * 1024 * self.servers
        up, down = sum(servers) if all(servers) else 0, self.client_line().down_bytes
        relay, takers = self.relay_line().up_bytes, self.clients or self.readers
        if self.crowd:
            # Once from the servers; then whoever has something sends it.
            return self.file_bytes / min(up, down, up / takers + self.client_line().up_bytes)
        rates = [rate / takers for rate in (up, limit, relay)]
        rates.append(down / self.clients if self.clients_share else down)
        return max(self.file_bytes / rate if rate else 0 for rate in rates)

    def seconds(self) -> float:
        """When it is given up."""
        waits = sum(event.for_s for event in self.events)
        return PATIENCE * (self.line_seconds() + waits) + PATIENCE_SECONDS


def all_worlds() -> list[World]:
    return [world for path in sorted(FOLDER.glob("*.toml")) for world in worlds_of(path)]


def worlds_of(path: Path) -> list[World]:
    table = tomllib.loads(path.read_text())
    runs = table.pop("runs", [{}])
    return [made(path, {**table, **row}) for run in runs for row in rows_of(run)]


def rows_of(run: dict) -> list[dict]:
    each = run.pop("each", {})
    return [{**run, **dict(zip(each, values))} for values in product(*each.values())]


def made(path: Path, table: dict) -> World:
    unknown = set(table) - {each.name for each in fields(World)}
    if unknown:
        raise Failure(f"{path.name} has {sorted(unknown)}, which no world has")
    table["events"] = tuple(Event(**event) for event in table.get("events", ()))
    table |= {each: tuple(table.get(each, ())) for each in ("up_kb_per_s_of", "delay_ms_of")}
    table.setdefault("servers", len(table["up_kb_per_s_of"]) or 1)
    world = World(**table, name=path.stem)
    if world.expect != "succeeds" and not world.because:
        raise Failure(f"{world}: what is not to succeed has a `because`")
    if world.crowd and not (all(world.ups()) and world.client_line().up_bytes):
        raise Failure(f"{world.name}: all lines of a crowd have rates")
    return world

