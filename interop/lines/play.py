"""One run of a world: hosts, nodes, the bare streams, the fetches, and what happens meanwhile."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import raw
import relay
from line import House, Lines, link_program
from nodes import Ours, Program, RealKubo, message
from standing import Standing, cancelled
from suite.child import Failure, Service
from world import Event, World

TINY_BYTES = 1000
POLL_SECONDS = 0.02
# By what a world calls them.
KINDS = {"ours": Ours, "kubo": RealKubo}
Programs = dict[str, Path]


@dataclass
class Told:
    """What came of a run; of several clients the slowest's time, and their counts together."""

    ended: str = "ok"
    seconds: float = 0
    raw_seconds: float = 0
    # Bytes of blocks, and of all packets, that came to the clients, by those of the file.
    received: float = 0
    carried: float = 0
    counts: Counter[str] = field(default_factory=Counter)
    client_mib: float = 0
    server_mib: float = 0
    # Blocks that came although they were cancelled, by those cancelled.
    cancelled: float = 0
    besides: str = ""

    def ratio(self) -> float:
        return self.seconds / self.raw_seconds


def play(world: World, programs: Programs) -> Told | str:
    """What came of it, or why it could not be played."""
    try:
        with TemporaryDirectory(prefix="bitswap-lines-") as folder, ExitStack() as stack:
            return Run(world, programs, Path(folder), stack).play()
    except (Failure, OSError) as failure:
        return str(failure)


class Run:
    def __init__(self, world: World, programs: Programs, folder: Path, stack: ExitStack):
        self.world, self.programs, self.folder, self.stack = world, programs, folder, stack
        self.lines = stack.enter_context(Lines(link_program(folder), folder, stack))
        limit, serves, asks = world.upload_limit_kib_per_s, {}, {}
        self.relay = None
        if world.relay:
            home = self.lines.house(world.relay_line())
            self.relay = self.node(world.relay, "relay", home, relay.SERVES[world.relay])
            serves, asks = relay.behind(self.relay), dict(relay.OVER_RELAYS)
        serves |= {"LIMITS__UPLOAD": f"{limit}KiB/s"} if limit else {}
        if world.readers and world.server == "kubo":
            # Else it takes eight connections from one address.
            serves["Swarm.ResourceMgr.Enabled"] = False
        homes = [self.lines.house(line) for line in world.server_lines()]
        self.servers = [
            self.node(world.server, f"server{number}", home, serves)
            for number, home in enumerate(homes)
        ]
        asks |= {"STRATEGY__PEER_SELECTOR__USE": world.selector} if world.selector else {}
        several = 1 if world.clients_share else world.clients
        homes = [self.lines.house(world.client_line()) for _ in range(several)]
        self.clients = [
            self.node(world.client, f"client{number}", homes[number % several], asks)
            for number in range(world.clients)
        ]

    def node(self, kind: str, name: str, home: House, changed: dict) -> Program:
        host = self.lines.host(name, home)
        node = KINDS[kind](self.programs[kind], self.folder / name, host, changed)
        node.start()
        self.stack.callback(node.stop)
        return node

    def file(self, name: str, size: int, chunk_bytes: int) -> str:
        """Makes a file that all servers have; its CID."""
        path = self.folder / name
        path.write_bytes(random.Random(name).randbytes(size))
        return [server.take(path, chunk_bytes) for server in self.servers][0]

    def play(self) -> Told:
        world, told = self.world, Told()
        if world.readers_cancel_after_ms:
            cancelled(self, told)
            return told
        # Over a relay, its line is the only one that is not perfect.
        sources = [self.relay] if self.relay else self.servers
        hosts = [[node.host for node in nodes] for nodes in (sources, self.clients)]
        # Streams from the servers would take many times as long as a crowd needs.
        raw_seconds = world.line_seconds()
        if not world.crowd:
            raw_seconds = raw.seconds(*hosts, world.file_bytes, world.seconds())
        # Until what is left of them in the queues of the lines is gone.
        time.sleep(world.queue_ms / 1000)
        peers = [server.at(world.transport) for server in self.servers]
        if self.relay:
            peers = [relay.circuit(server) for server in self.servers]
        tiny = self.file("tiny", TINY_BYTES, world.chunk_bytes)
        for number, client in enumerate(self.clients):
            before = self.clients[:number] if world.crowd else []
            client.connect(peers + [other.at(world.transport) for other in before])
            if not world.fresh:
                client.block(tiny, [], self.folder / "tiny.copy")
        standing = Standing(self, peers) if world.readers else None
        fetches = self.several("content", peers)
        told = middle(fetches)
        told.raw_seconds = middle(standing.alone).seconds if standing else raw_seconds
        told.besides = standing.told(fetches) if standing else ""
        if self.relay:
            relay.only_over_it(self.clients[0], self.servers[0])
        return told

    def several(self, name: str, peers: list[str]) -> list[Told]:
        """What came of fetching different files, one after the other: the fastest first, then the
        slower ones, then those that failed."""
        tolds = []
        for number in range(self.world.fetches):
            file, told = f"{name}{number}", Told()
            cid = self.file(file, self.world.file_bytes, self.world.chunk_bytes)
            self.fetch(told, file, cid, peers)
            tolds.append(told)
        return sorted(tolds, key=lambda told: (told.ended != "ok", told.seconds))

    def fetch(self, told: Told, file: str, cid: str, peers: list[str]) -> None:
        copies = [self.folder / f"{file}.{number}" for number in range(len(self.clients))]
        before = [(client.counts(), client.host.came()) for client in self.clients]
        fetches = [
            self.stack.enter_context(client.fetch(cid, peers, copy, Path(f"{copy}.log")))
            for client, copy in zip(self.clients, copies)
        ]
        walls = self.wait(fetches)
        ends = list(zip(self.clients, fetches, walls))
        told.seconds = max(client.told_seconds(fetch) or wall for client, fetch, wall in ends)
        failed = [fetch for fetch in fetches if fetch.process.returncode != 0]
        if failed:
            told.ended = ended(failed[0])
            told.ended += f", {len(failed)} of {len(fetches)}" if len(fetches) > 1 else ""
        content = (self.folder / file).read_bytes()
        if not failed and any(it.exists() and it.read_bytes() != content for it in copies):
            raise Failure("the copy differs from its source")
        needed = self.world.file_bytes * len(self.clients)
        for client, (counts, came) in zip(self.clients, before):
            now = client.counts()
            told.counts.update({name: now[name] - counts[name] for name in now})
            told.carried += (client.host.came() - came) / needed
        told.received = told.counts.pop("received") / needed
        told.client_mib = max(client.mib("VmHWM") for client in self.clients)
        told.server_mib = max(server.mib("VmHWM") for server in self.servers)

    def wait(self, fetches: list[Service]) -> list[float]:
        """The seconds that each took, or until time was up, while what is to happen does."""
        begun, seconds = time.monotonic(), [0.0] * len(fetches)
        todo = sorted(steps(self.world.events), key=lambda step: step[0])
        one = self.clients[0].host
        every = sum(event.bytes for event in self.world.events)
        due = one.came() + every
        gone = 0.0
        while not all(seconds) and gone < self.world.seconds():
            time.sleep(POLL_SECONDS)
            gone = time.monotonic() - begun
            while todo and todo[0][0] <= gone:
                self.happen(*todo.pop(0)[1:])
            if every and one.came() >= due:
                one.reset()
                due = one.came() + every
            for number, fetch in enumerate(fetches):
                if not seconds[number] and fetch.process.poll() is not None:
                    seconds[number] = gone
        # Nothing stays stopped.
        for _, event, begins in todo:
            if not begins:
                self.happen(event, begins)
        return [each or gone for each in seconds]

    def happen(self, event: Event, begins: bool) -> None:
        server = self.servers[event.server]
        if event.what == "pause":
            server.pause(begins)
        elif event.what == "half_open":
            server.host.drop(begins)
        elif event.what == "strand":
            server.host.strand() if begins else None
        elif event.what == "kill":
            server.kill() if begins else server.start()
        else:
            raise Failure(f"{event.what} is nothing that happens")


def middle(fetches: list[Told]) -> Told:
    """The median, or one that failed."""
    return fetches[-1] if fetches[-1].ended != "ok" else fetches[len(fetches) // 2]


def steps(events: tuple[Event, ...]) -> list[tuple[float, Event, bool]]:
    """When each begins, and when it is over."""
    lasting = [event for event in events if not event.bytes]
    begins = [(event.at_s, event, True) for event in lasting]
    return begins + [(event.at_s + event.for_s, event, False) for event in lasting]


def ended(fetch: Service) -> str:
    code = fetch.process.returncode
    return f"{'runs on' if code is None else f'exit {code}'}: {message(fetch)}"
