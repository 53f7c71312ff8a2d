"""Cases in which the fetcher is told of nobody but a router: it finds the server by delegated routing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from .bitswap import Commands, Daemon, commands, daemon
from .cases import Case, Direction, Programs
from .content import LAYOUTS, MIB, File
from .kubo import Kubo, kubo
from .node import Fetcher, Layout, Server

DHT = {"Routing.Type": "dhtserver", "Provide.Enabled": True}
# Answers from its DHT whoever asks its gateway, by the API of delegated routing.
ROUTER = {**DHT, "Gateway.ExposeRoutingAPI": True}


@dataclass(frozen=True)
class Found(Case):
    """A case without addresses."""

    def addresses(self, servers: list[Server]) -> list[str]:
        return []

    def __str__(self) -> str:
        return f"{super().__str__()}, found by delegated routing"


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
    ]
