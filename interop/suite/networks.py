"""Network namespaces: an internet, homes behind routers that masquerade, and a cable between two."""

from __future__ import annotations

import os
import subprocess

from .child import Failure

# What routers do at home: what goes out has the router's address, and nothing comes in that is no
# answer. Dropped, not refused: a refusal would end the other end's attempt to connect.
ROUTER = """
table ip home {
    chain out { type nat hook postrouting priority srcnat; oifname "net" masquerade; }
    chain through {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname "home" accept
    }
    chain in {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname { "home", "lo" } accept
    }
}
"""


class Networks:
    """Makes namespaces, and takes all of them away again."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.homes = 0

    def __enter__(self) -> Networks:
        try:
            self.internet = self.namespace("net")
            do("ip", "-n", self.internet, "link", "add", "hub", "type", "bridge")
            do("ip", "-n", self.internet, "link", "set", "hub", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def host(self, name: str, address: str) -> list[str]:
        """Somebody in the internet; what it returns goes before a command to run it there."""
        space = self.namespace(name)
        self.attach(space, address)
        return inside(space)

    def home(self, name: str, address: str) -> list[str]:
        """Somebody behind a router of their own, which has this address in the internet."""
        self.homes += 1
        net = f"192.168.{self.homes}"
        router, space = self.namespace(f"{name}-router"), self.namespace(name)
        self.attach(router, address)
        cable((router, "home", f"{net}.1/24"), (space, "net", f"{net}.2/24"))
        do("ip", "-n", space, "route", "add", "default", "via", f"{net}.1")
        do(*inside(router), "sysctl", "-qw", "net.ipv4.ip_forward=1")
        do(*inside(router), "nft", "-f", "-", text=ROUTER)
        return inside(space)

    def neighbours(self) -> tuple[list[str], list[str]]:
        """Two in a local network of their own."""
        one, other = self.namespace("one"), self.namespace("other")
        cable((one, "net", "192.168.99.1/24"), (other, "net", "192.168.99.2/24"))
        for space in (one, other):
            do("ip", "-n", space, "route", "add", "default", "dev", "net")
        return inside(one), inside(other)

    def namespace(self, name: str) -> str:
        space = f"bitswap-{name}-{os.getpid()}"
        do("ip", "netns", "add", space)
        self.names.append(space)
        do("ip", "-n", space, "link", "set", "lo", "up")
        return space

    def attach(self, space: str, address: str) -> None:
        port = f"to{len(self.names)}"
        cable((self.internet, port, None), (space, "net", f"{address}/24"))
        do("ip", "-n", self.internet, "link", "set", port, "master", "hub")


def cable(*ends: tuple[str, str, str | None]) -> None:
    """A pair of interfaces, each with the namespace that it is in, its name and its address."""
    (one, its_name, _), (other, other_name, _) = ends
    peer = ["type", "veth", "peer", "name", other_name, "netns", other]
    do("ip", "-n", one, "link", "add", its_name, *peer)
    for space, name, address in ends:
        if address:
            do("ip", "-n", space, "address", "add", address, "dev", name)
        do("ip", "-n", space, "link", "set", name, "up")


def inside(space: str) -> list[str]:
    return ["ip", "netns", "exec", space]


def do(*command: str, text: str | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, input=text)
    if done.returncode != 0:
        raise Failure(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")
