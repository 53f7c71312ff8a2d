#!/usr/bin/env python3
"""Fetches from nodes that are hard to reach: behind a NAT, and in a local network without a name.

    cargo build --release && interop/kubo/build && interop/reach/run.py [--only WORDS] [--times N]

Without a Kubo, its cases are left out. The nodes live in network namespaces: some in an internet of
their own, some behind routers that masquerade (nftables), two joined by a cable. Needs root,
iproute2, nftables and Python 3.10 or later; the kernel has to have namespaces and masquerading.
Exits with 1 if a case does not hold, and with 2 if this machine cannot run them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Callable

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from suite.bitswap import Daemon, daemon
from suite.child import Failure, Service, run
from suite.kubo import Kubo
from suite.networks import Networks

PORT = 4011
EVERYWHERE = [f"/ip4/0.0.0.0/{it}" for it in (f"tcp/{PORT}", f"udp/{PORT}/quic-v1")]
RELAY, FETCHER, ROUTER, OTHER_ROUTER = "11.0.0.1", "11.0.0.2", "11.0.0.3", "11.0.0.4"
LEARNING_SECONDS = 90
# A relay lets 128 KiB through, Noise and all.
LITTLE, MUCH = 60_000, 3_000_000


class Node(Daemon):
    """A daemon that knows nobody, but by what its settings say."""

    settings: dict[str, str] = {}

    def env(self) -> dict[str, str]:
        return {**super().env(), **self.settings}

    def look(self, *arguments: str) -> list[dict]:
        lines = self.bitswap(*arguments, "--json").splitlines()
        return [json.loads(line) for line in lines]

    def identity(self) -> dict:
        return self.look("id")[0]

    def at(self, host: str) -> str:
        return f"/ip4/{host}/tcp/{PORT}/p2p/{self.report['peer_id']}"


class InternetKubo(Kubo):
    """A Kubo that everybody can reach, and which nobody has told of anybody."""

    def at(self, host: str) -> str:
        return f"/ip4/{host}/tcp/{PORT}/p2p/{self.ipfs('id', '--format=<id>').strip()}"


@dataclass
class World:
    """Where a case takes place."""

    binary: Path
    kubo_binary: Path
    folder: Path
    networks: Networks
    stack: ExitStack
    count: int = 0

    def node(self, inside: list[str], *options: str, **settings: str) -> Node:
        """Starts a daemon. `NAT__RELAY` of `settings` is `nat.relay` of its configuration."""
        self.count += 1
        changed = {f"BITSWAP__{name}": value for name, value in settings.items()}
        made = type("Node", (Node,), {"settings": changed})
        everywhere = [f"--listen={address}" for address in EVERYWHERE]
        folder = self.folder / str(self.count)
        node = daemon(
            self.binary, folder, *everywhere, *options, listen=(), inside=inside, node=made
        )
        return self.stack.enter_context(node)

    def kubo(self, inside: list[str]) -> InternetKubo:
        """Starts a Kubo that helps others."""
        self.count += 1
        made = type("InternetKubo", (InternetKubo,), {"inside": inside})
        settings = {
            "Addresses.Swarm": EVERYWHERE,
            "Swarm.RelayService.Enabled": True,
            "Swarm.RelayClient.Enabled": True,
            "Swarm.EnableHolePunching": True,
            # It has no AutoNAT servers here to learn it from.
            "Internal.Libp2pForceReachability": "public",
            # Else it asks nobody in the internet whom no router names.
            "Internal.Bitswap.BroadcastControl.Enable": False,
        }
        node = made(self.kubo_binary, self.folder / f"{self.count}", settings)
        service = Service([*inside, self.kubo_binary, "daemon"], node.folder, **node.env)
        self.stack.enter_context(service).wait_for("answer of its API", 60, node.ready)
        return node

    def relay(self, **settings: str) -> Node:
        """Somebody in the internet who helps others, but forwards no wants of theirs."""
        settings = {"NAT__SERVE": "true", "RELAY__ENABLED": "false", **settings}
        return self.node(self.networks.host("relay", RELAY), **settings)

    def content(self, node: Node, size: int) -> tuple[str, bytes]:
        content = random.Random(size).randbytes(size)
        source = self.folder / f"{self.count}.source"
        source.write_bytes(content)
        return node.bitswap("add", "--quiet", str(source)).strip(), content

    def fetch(self, node: Node, cid: str, content: bytes, *options: str, seconds: int = 60) -> None:
        copy = self.folder / f"{self.count}.copy"
        node.bitswap("get", cid, "-o", str(copy), *options, seconds=seconds)
        if copy.read_bytes() != content:
            raise Failure("the copy differs from its source")


def through_a_relay(world: World) -> str:
    by_the_relay_alone(world, world.relay())
    return "by the relay alone, where both ends allow that"


def by_the_relay_alone(world: World, relay: Node | InternetKubo) -> None:
    at_home = {"NAT__RELAYS": relay.at(RELAY), "NAT__BITSWAP_OVER_RELAYS": "true"}
    home = world.networks.home("home", ROUTER)
    server = world.node(home, NAT__HOLE_PUNCHING="false", **at_home)
    circuit = eventually(lambda: circuit_of(server), "address at the relay")
    fetcher = world.node(
        world.networks.host("fetcher", FETCHER),
        NAT__HOLE_PUNCHING="false",
        NAT__BITSWAP_OVER_RELAYS="true",
    )
    unreachable(world, fetcher, server)
    cid, content = world.content(server, LITTLE)
    world.fetch(fetcher, cid, content, f"--peer={circuit}")
    expect(path_to(fetcher, server) == "relay", "the relay carries it")


def by_a_hole(world: World) -> str:
    relay = world.relay()
    server = world.node(world.networks.home("home", ROUTER), NAT__RELAYS=relay.at(RELAY))
    circuit = eventually(lambda: circuit_of(server), "address at the relay")
    fetcher = world.node(world.networks.host("fetcher", FETCHER))
    unreachable(world, fetcher, server)
    cid, content = world.content(server, MUCH)
    world.fetch(fetcher, cid, content, f"--peer={circuit}")
    expect(path_to(fetcher, server) == "direct", "a direct connection carries it")
    return "by a direct connection, made over the relay"


def between_two_homes(world: World) -> str:
    relay = world.relay()
    settings = {"NAT__RELAYS": relay.at(RELAY)}
    server = world.node(world.networks.home("home", ROUTER), **settings)
    circuit = eventually(lambda: circuit_of(server), "address at the relay")
    fetcher = world.node(world.networks.home("friend", OTHER_ROUTER), **settings)
    eventually(lambda: circuit_of(fetcher), "address of the other at the relay")
    cid, content = world.content(server, MUCH)
    world.fetch(fetcher, cid, content, f"--peer={circuit}")
    expect(path_to(fetcher, server) == "direct", "a direct connection carries it")
    return "by a direct connection through both NATs"


def by_itself(world: World) -> str:
    """Nobody names a relay or a provider: AutoNAT, identify and the DHT do."""
    relay = world.relay(ROUTING__DHT="server")
    knows = {"ROUTING__DHT": "auto", "ROUTING__BOOTSTRAP": relay.at(RELAY)}
    server = world.node(
        world.networks.home("home", ROUTER), f"--peer={relay.at(RELAY)}", **knows
    )
    begun = time.monotonic()
    eventually(lambda: server.identity()["reachability"] == "private", "word that it is private")
    circuit = eventually(lambda: circuit_of(server), "address at a relay that it met")
    expect(f"/p2p/{relay.report['peer_id']}/p2p-circuit" in circuit, "the relay is that one")
    learned = time.monotonic() - begun
    fetcher = world.node(world.networks.host("fetcher", FETCHER), **knows)
    cid, content = world.content(server, MUCH)
    server.bitswap("routing", "provide", cid)
    world.fetch(fetcher, cid, content)
    expect(path_to(fetcher, server) == "direct", "a direct connection carries it")
    return f"found in the DHT; the server knew after {learned:.0f} s that it needs a relay"


def at_a_kubo(world: World) -> str:
    by_the_relay_alone(world, world.kubo(world.networks.host("relay", RELAY)))
    return "by the relay alone, which is a Kubo"


def for_a_kubo(world: World) -> str:
    relay = world.kubo(world.networks.host("relay", RELAY))
    server = world.node(world.networks.home("home", ROUTER), NAT__RELAYS=relay.at(RELAY))
    circuit = eventually(lambda: circuit_of(server), "address at the relay")
    fetcher = world.kubo(world.networks.host("fetcher", FETCHER))
    cid, content = world.content(server, MUCH)
    fetcher.connect([circuit])
    copy = world.folder / "copy"
    fetcher.ipfs("get", cid, "-o", str(copy))
    expect(copy.read_bytes() == content, "the copy is its source")
    peers = fetcher.ipfs("swarm", "peers").split()
    ways = [line for line in peers if line.endswith(server.report["peer_id"])]
    expect(any("p2p-circuit" not in way for way in ways), f"a direct connection carries it: {ways}")
    return "by a direct connection, which a Kubo and this node made over another Kubo"


def by_mdns(world: World) -> str:
    one, other = world.networks.neighbours()
    profile = {"NODE__PROFILE": "lan", "NETWORK__MDNS": "true", "ROUTING__DHT": "lan"}
    server = world.node(one, **profile)
    cid, content = world.content(server, MUCH)
    copy = world.folder / "copy"
    env = {"BITSWAP_DIR": str(world.folder / "fresh"), "BITSWAP__NODE__PROFILE": "lan"}
    begun = time.monotonic()
    command = [*other, world.binary, "get", cid, "-o", copy]
    run(command, world.folder, 30, **env)
    expect(copy.read_bytes() == content, "the copy is its source")
    return f"by a `get` that knows nobody, in {time.monotonic() - begun:.1f} s"


Play = Callable[[World], str]

CASES: dict[str, Play] = {
    "behind a NAT, through a relay": through_a_relay,
    "behind a NAT, by hole punching": by_a_hole,
    "behind a NAT, from behind another": between_two_homes,
    "behind a NAT, with nothing named": by_itself,
    "a neighbour, by mDNS": by_mdns,
}
KUBO_CASES: dict[str, Play] = {
    "behind a NAT, through a Kubo": at_a_kubo,
    "behind a NAT, for a Kubo": for_a_kubo,
}


def main() -> int:
    options = parse_options()
    why_not = missing(options.bitswap)
    if why_not:
        print(why_not, file=sys.stderr)
        return 2
    cases = dict(CASES)
    if os.access(options.kubo, os.X_OK):
        cases |= KUBO_CASES
    else:
        print(f"not tried, as there is no Kubo: {', '.join(KUBO_CASES)}")
    chosen = {case: play for case, play in cases.items() if options.only in case}
    passed = [case for case, play in chosen.items() if holds_always(case, play, options)]
    print(f"{len(passed)} of {len(chosen)} cases hold")
    return 0 if chosen and len(passed) == len(chosen) else 1


def missing(binary: Path) -> str | None:
    """What this machine lacks."""
    if os.geteuid() != 0:
        return "only root makes network namespaces"
    if not os.access(binary, os.X_OK):
        return f"not a program: {binary}"
    try:
        with Networks() as networks:
            networks.home("probe", ROUTER)
    except (Failure, OSError) as why:
        return f"this machine makes no homes behind a NAT: {why}"
    return None


def holds_always(case: str, play: Play, options: argparse.Namespace) -> bool:
    held = [holds(case, play, options) for _ in range(options.times)]
    if len(held) > 1:
        print(f"{case:<36} {sum(held)} of {len(held)}")
    return all(held)


def holds(case: str, play: Play, options: argparse.Namespace) -> bool:
    print(f"{case:<36} ", end="", flush=True)
    begun = time.monotonic()
    try:
        with TemporaryDirectory(prefix="bitswap-reach-") as folder, ExitStack() as stack:
            networks = stack.enter_context(Networks())
            told = play(World(options.bitswap, options.kubo, Path(folder), networks, stack))
    except Failure as failure:
        print(f"FAILED: {failure}")
        return False
    print(f"ok, {time.monotonic() - begun:.0f} s: {told}")
    return True


def circuit_of(node: Node) -> str | None:
    circuits = (it for it in node.identity()["addresses"] if "/p2p-circuit/" in it and "/tcp/" in it)
    return next(circuits, None)


def path_to(node: Node, other: Node) -> str | None:
    """How a node is connected to another."""
    for row in node.look("peers"):
        if row["peer_id"] == other.report["peer_id"]:
            return "relay" if row["relayed"] else "direct"
    return None


def unreachable(world: World, node: Node, other: Node) -> None:
    """Makes sure that the router is one."""
    try:
        node.bitswap("swarm", "connect", other.at(ROUTER), seconds=30)
    except Failure:
        return
    raise Failure("the router lets strangers in")


def eventually(look: Callable[[], object], what: str) -> str:
    deadline = time.monotonic() + LEARNING_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise Failure(f"no {what} within {LEARNING_SECONDS} s")
        time.sleep(0.5)
    return found


def expect(is_so: bool, what: str) -> None:
    if not is_so:
        raise Failure(f"it is not so that {what}")


def parse_options() -> argparse.Namespace:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target")
    parser = argparse.ArgumentParser(
        description="Real fetches from behind NATs and from unnamed neighbours.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("--bitswap", type=Path, default=target / "release/bitswap", help="our program")
    option("--kubo", type=Path, default=HERE.parent / "kubo/bin/ipfs", help="Kubo's program")
    option("--only", default="", metavar="WORDS", help="the cases with these words in their names")
    option("--times", type=int, default=1, help="how often a case has to hold")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
