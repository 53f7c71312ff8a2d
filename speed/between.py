"""Programs of others and ours that fetch from each other."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from suite.bitswap import Daemon, daemon
from suite.child import Service, TimeUp
from suite.helia import Helia, helia
from suite.kubo import READY_SECONDS as KUBO_READY_SECONDS
from suite.kubo import Kubo, Repository
from suite.node import Layout

from cases import Link, Workload, write
from measure import ADD_SECONDS, READY_SECONDS, Measure, Meter, Place, Unfinished
from measure import compare, connected, left_off

KUBO = Path(__file__).resolve().parent.parent / "interop/kubo/bin/ipfs"


class Between:
    """Two programs, each `kubo`, `helia` or `node`: which of them serves, and which fetches."""

    def __init__(self, server: str, client: str):
        self.kinds = [server, client]

    def measure(
        self, place: Place, load: Workload, links: list[Link], seed: int
    ) -> Measure | Unfinished:
        copy = place.folder / "copy"
        layout = Layout(cid_version=1, raw_leaves=True, chunk=load.bytes)
        server_kind, client_kind = self.kinds
        is_prepared = load.is_tree and server_kind == "kubo"
        source = (place.kept if is_prepared else place.folder) / "source"
        if not source.exists():
            write(load, seed, source)
        cid, peers, meters = "", [], []
        for number in range(load.servers):
            blocks = prepare(place.kept, source, layout) if is_prepared else None
            server, pid = start(place, server_kind, f"server-{number}", [], blocks)
            cid = blocks.cid if blocks else server.add(source, layout)
            peers.append(place.linked(server.address("tcp"), links, number))
            meters.append(Meter(pid))
        client, pid = start(place, client_kind, "client", peers)
        meters.append(Meter(pid))
        begun = time.monotonic()
        try:
            fetch(client, cid, peers, copy, load.is_tree, place.seconds)
        except TimeUp:
            return left_off(source, copy, time.monotonic() - begun)
        seconds = time.monotonic() - begun
        compare(source, copy)
        return Measure(
            seconds=seconds,
            client_bytes=meters[-1].memory(),
            server_bytes=sum(meter.memory() for meter in meters[:-1]),
            cpu_seconds=sum(meter.cpu() for meter in meters),
            client_peak_bytes=meters[-1].kib("VmHWM") * 1024,
            client_rest_bytes=meters[-1].rest(),
        )


def fetch(
    client: Daemon | Kubo | Helia,
    cid: str,
    peers: list[str],
    copy: Path,
    is_tree: bool,
    seconds: int,
) -> None:
    if isinstance(client, Kubo):
        if is_tree:
            # A pin asks for all blocks that it can, where `get` asks for one small file after the
            # other. Within a file it asks ahead by itself, so that a pin would only cost time.
            client.ipfs("pin", "add", cid, seconds=seconds)
        client.ipfs("get", cid, "-o", str(copy), seconds=seconds)
    elif isinstance(client, Daemon):
        client.bitswap("get", cid, "-o", str(copy), seconds=seconds)
    else:
        client.get(cid, peers, copy)


@dataclass
class Prepared:
    """The blocks of a repository of Kubo's, and the CID of what was added to it."""

    blocks: Path
    cid: str


def prepare(kept: Path, source: Path, layout: Layout) -> Prepared:
    """Adds `source` to a repository once for all rounds, as Kubo takes minutes to add a tree."""
    folder = kept / "prepared"
    told = kept / "cid"
    if not told.exists():
        shutil.rmtree(folder, ignore_errors=True)
        repository = Repository(KUBO, folder)
        add = ["add", "-Qr", "--pin=false", *layout.options(), str(source)]
        told.write_text(repository.ipfs(*add, seconds=ADD_SECONDS).strip())
    return Prepared(folder / "repo/blocks", told.read_text())


def start(
    place: Place, kind: str, name: str, peers: Sequence[str], prepared: Prepared | None = None
) -> tuple[Daemon | Kubo | Helia, int]:
    """A running program that is connected to `peers`, except Helia, which dials when it fetches."""
    folder = place.folder / name
    if kind == "node":
        known = [f"--peer={peer}" for peer in peers]
        node = place.stack.enter_context(daemon(place.bitswap, folder, *known, listen=["tcp/0"]))
        node.service.wait_for("peers", READY_SECONDS, lambda: connected(node, len(peers)))
        return node, node.service.process.pid
    if kind == "helia":
        served = place.stack.enter_context(helia(folder))
        return served, served.service.process.pid
    kubo = Kubo(KUBO, folder)
    if prepared:
        shutil.copytree(prepared.blocks, folder / "repo/blocks", dirs_exist_ok=True)
    service = place.stack.enter_context(Service([KUBO, "daemon"], folder, **kubo.env))
    service.wait_for("answer of its API", KUBO_READY_SECONDS, kubo.ready)
    kubo.connect(peers)
    return kubo, service.process.pid
