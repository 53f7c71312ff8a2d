"""Cases in which the fetcher is told of nobody but a router, or a peer of the DHT: it finds the server."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator
from urllib.request import urlopen

from .bitswap import Commands, Daemon, commands, daemon
from .cases import Case, Direction, Programs
from .child import POLL_SECONDS, Failure
from .content import LAYOUTS, MIB, File
from .kubo import Kubo, kubo
from .node import Fetcher, Layout, Server

DHT = {"Routing.Type": "dhtserver", "Provide.Enabled": True}
# On loopback it takes as long as the pace allows.
ANNOUNCED_SECONDS = 60
# Answers from its DHT whoever asks its gateway, by the API of delegated routing.
ROUTER = {**DHT, "Gateway.ExposeRoutingAPI": True}


@dataclass(frozen=True)
class Found(Case):
    """A case without addresses."""

    by: str = "delegated routing"

    def addresses(self, servers: list[Server]) -> list[str]:
        return []

    def __str__(self) -> str:
        return f"{super().__str__()}, found by {self.by}"


class KuboRouted(Direction):
    """A Kubo serves, another is the router, and we ask that."""

    @contextmanager
    def nodes(self, programs: Programs, folder: Path) -> Iterator[tuple[list[Server], Fetcher]]:
        with (
            kubo(programs.kubo, folder / "router", ROUTER) as router,
            kubo(programs.kubo, folder / "server", DHT, Announcing) as server,
            commands(programs.bitswap, folder / "fetcher", Asking) as fetcher,
        ):
            server.connect([router.address("tcp")])
            fetcher.router = router.gateway()
            yield [server], fetcher


class KuboInDht(Direction):
    """A Kubo serves, and we know another, through which we find it."""

    @contextmanager
    def nodes(self, programs: Programs, folder: Path) -> Iterator[tuple[list[Server], Fetcher]]:
        with (
            kubo(programs.kubo, folder / "hub", DHT) as hub,
            kubo(programs.kubo, folder / "server", DHT, Announcing) as server,
            commands(programs.bitswap, folder / "fetcher", Joining) as fetcher,
        ):
            server.connect([hub.address("tcp")])
            fetcher.way_in = hub.address("tcp")
            yield [server], fetcher


class KuboKeepsRecords(Direction):
    """We serve and tell a Kubo, and ask it."""

    @contextmanager
    def nodes(self, programs: Programs, folder: Path) -> Iterator[tuple[list[Server], Fetcher]]:
        with (
            kubo(programs.kubo, folder / "hub", DHT) as hub,
            providing(programs.bitswap, folder / "server", hub.address("tcp")) as server,
            commands(programs.bitswap, folder / "fetcher", Joining) as fetcher,
        ):
            fetcher.way_in = hub.address("tcp")
            yield [server], fetcher


class BitswapKeepsRecords(Direction):
    """We serve and tell another of ours, and a Kubo asks that."""

    @contextmanager
    def nodes(self, programs: Programs, folder: Path) -> Iterator[tuple[list[Server], Fetcher]]:
        with (
            daemon(programs.bitswap, folder / "hub", node=Keeping) as hub,
            providing(programs.bitswap, folder / "server", hub.address("tcp")) as server,
            kubo(programs.kubo, folder / "fetcher", DHT) as fetcher,
        ):
            fetcher.connect([hub.address("tcp")])
            yield [server], fetcher


class BitswapRouted(Direction):
    """We serve and are the router, and a Kubo asks us."""

    @contextmanager
    def nodes(self, programs: Programs, folder: Path) -> Iterator[tuple[list[Server], Fetcher]]:
        with daemon(programs.bitswap, folder / "server", node=Telling) as server:
            routing = {"Routing.Type": "delegated", "Routing.DelegatedRouters": [server.router]}
            with kubo(programs.kubo, folder / "fetcher", routing) as fetcher:
                yield [server], fetcher


class Announcing(Kubo):
    """Tells its DHT what it has."""

    def add(self, path: Path, layout: Layout) -> str:
        cid = super().add(path, layout)
        self.ipfs("routing", "provide", cid)
        return cid


class Asking(Commands):
    """Knows a router."""

    router = ""

    def env(self) -> dict[str, str]:
        return {**super().env(), "BITSWAP__ROUTING__DELEGATED": self.router}


class Joining(Commands):
    """Knows a peer of the DHT."""

    way_in = ""

    def env(self) -> dict[str, str]:
        way_in = {"BITSWAP__ROUTING__BOOTSTRAP": self.way_in}
        return {**super().env(), "BITSWAP__ROUTING__DHT": "auto", **way_in}


class Keeping(Daemon):
    """Keeps records of others, and passes none of their wants on: they have to find each other."""

    def env(self) -> dict[str, str]:
        alone = {"BITSWAP__ROUTING__BOOTSTRAP": "[]", "BITSWAP__RELAY__ENABLED": "false"}
        return {**super().env(), "BITSWAP__ROUTING__DHT": "auto", **alone}


class Providing(Joining, Daemon):
    """Announces what it has."""

    def add(self, path: Path, layout: Layout) -> str:
        cid = super().add(path, layout)
        deadline = time.monotonic() + ANNOUNCED_SECONDS
        leaves = -(-path.stat().st_size // layout.chunk)
        while self.metric('announcements_total{result="ok"}') < leaves:
            if time.monotonic() > deadline:
                raise Failure(f"not announced in {ANNOUNCED_SECONDS} s")
            time.sleep(POLL_SECONDS)
        return cid

    def sent(self) -> int:
        return self.metric("server_block_bytes_sent_total")

    def metric(self, name: str) -> int:
        with urlopen(self.report["metrics_url"]) as answer:
            lines = answer.read().decode().splitlines()
        series = f"bitswap_{name} "
        return sum(int(line[len(series) :]) for line in lines if line.startswith(series))


@contextmanager
def providing(binary: Path, folder: Path, way_in: str) -> Iterator[Providing]:
    """A daemon that announces what it has, through the peer at `way_in`."""
    # Its environment has to be known before it starts.
    node = type("Providing", (Providing,), {"way_in": way_in})
    with daemon(binary, folder, node=node) as running:
        yield running


class Telling(Daemon):
    """Tells others which blocks it has."""

    @property
    def router(self) -> str:
        return self.report["routing_url"]

    def env(self) -> dict[str, str]:
        return {**super().env(), "BITSWAP__ROUTING__SERVE": "127.0.0.1:0"}


def routed() -> list[Case]:
    one_mib = File(LAYOUTS[-1], 1 * MIB)
    return [
        Found(KuboRouted("kubo", "bitswap"), one_mib),
        Found(BitswapRouted("bitswap", "kubo"), one_mib),
        Found(KuboInDht("kubo", "bitswap"), one_mib, by="the DHT"),
        Found(KuboKeepsRecords("bitswap", "bitswap"), one_mib, by="the DHT, where Kubo keeps records"),
        Found(BitswapKeepsRecords("bitswap", "kubo"), one_mib, by="the DHT, where we keep records"),
    ]
