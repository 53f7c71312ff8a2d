"""A relay at the end of a line of its own, over which clients come to the server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from suite.child import Failure

if TYPE_CHECKING:
    from nodes import Ours, Program

RESERVATION_SECONDS = 60
# Ours lets 128 KiB through, Noise and all; Kubo's limit is a setting.
SERVES = {
    "ours": {"NAT__SERVE": "true", "RELAY__ENABLED": "false"},
    "kubo": {
        "Swarm.RelayService.Enabled": True,
        "Swarm.RelayService.ConnectionDataLimit": 1 << 30,
        # It has no AutoNAT servers here to learn it from.
        "Internal.Libp2pForceReachability": "public",
    },
}
# Of the ends: nothing makes the connection a direct one.
OVER_RELAYS = {
    "NAT__AUTONAT": "false",
    "NAT__BITSWAP_OVER_RELAYS": "true",
    "NAT__HOLE_PUNCHING": "false",
}


def behind(relay: Program) -> dict[str, str]:
    """The settings of a server that others reach over it."""
    return {**OVER_RELAYS, "NAT__RELAYS": relay.at("tcp")}


def circuit(server: Ours) -> str:
    """Where others reach it, once the relay has a place for it."""

    def look() -> str | None:
        addresses = json.loads(server.bitswap("id", "--json"))["addresses"]
        return next((it for it in addresses if "/p2p-circuit/" in it and "/tcp/" in it), None)

    return server.service.wait_for("address at the relay", RESERVATION_SECONDS, look)


def only_over_it(client: Ours, server: Ours) -> None:
    rows = map(json.loads, client.bitswap("peers", "--json").splitlines())
    if not all(row["relayed"] for row in rows if row["peer_id"] == server.peer_id()):
        raise Failure("a direct connection carries it, not the relay")
