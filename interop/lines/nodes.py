"""Our daemon and Kubo as a world wants them: on hosts, started again, fetching at once, and counted."""

from __future__ import annotations

import json
import signal
import urllib.request
from pathlib import Path

from line import PORT, Host
from suite.bitswap import Daemon
from suite.child import Failure, Service, tail
from suite.kubo import Kubo

READY_SECONDS = 60
EVERYWHERE = [f"/ip4/0.0.0.0/{each}" for each in (f"tcp/{PORT}", f"udp/{PORT}/quic-v1")]
# What is told of a node, by what its metrics begin with.
COUNTED = {
    "received": "bitswap_client_block_bytes_received_total",
    "broadcasts": "bitswap_client_broadcasts_total",
    "look-ups": "bitswap_provider_searches_total",
    "dials": "bitswap_net_dials_total",
}
ASKS = "bitswap_client_asks_ended_total"


class Program:
    """What is the same of both."""

    host: Host
    folder: Path
    service: Service

    def start(self) -> None:
        self.service = Service(self.daemon(), self.folder, **self.settings())
        self.service.__enter__()
        self.service.wait_for("answer", READY_SECONDS, self.ready)

    def stop(self) -> None:
        self.service.__exit__(None, None, None)

    def kill(self) -> None:
        self.service.process.kill()
        self.service.process.wait()

    def pause(self, paused: bool) -> None:
        self.service.process.send_signal(signal.SIGSTOP if paused else signal.SIGCONT)

    def mib(self, what: str) -> float:
        """Its memory: `VmHWM`, the most so far, or `VmRSS`, now."""
        status = Path(f"/proc/{self.service.process.pid}/status").read_text()
        return int(status.split(f"{what}:")[1].split()[0]) / 1024

    def at(self, transport: str) -> str:
        where = f"tcp/{PORT}" if transport == "tcp" else f"udp/{PORT}/quic-v1"
        return f"/ip4/{self.host.address}/{where}/p2p/{self.peer_id()}"

    def fetching(self, command: list[str], folder: Path) -> Service:
        folder.mkdir()
        return Service(command, folder, **self.settings())


class Ours(Program, Daemon):
    def __init__(self, binary: Path, folder: Path, host: Host, changed: dict[str, str]):
        super().__init__(binary, folder, host.inside)
        self.host = host
        self.changed = {f"BITSWAP__{name}": value for name, value in changed.items()}

    def settings(self) -> dict[str, str]:
        return {**self.env(), **self.changed}

    def setting(self, name: str) -> str:
        return json.loads(self.bitswap("config", "get", name, "--json"))["value"]

    def daemon(self) -> list[str]:
        listen = [f"--listen={address}" for address in EVERYWHERE]
        return [*self.program, "daemon", "--json", "--metrics-port=0", *listen]

    def peer_id(self) -> str:
        return self.report["peer_id"]

    def take(self, path: Path, chunk_bytes: int) -> str:
        chunks = f"--chunker=size-{chunk_bytes}"
        return self.bitswap("add", "--quiet", "--cid-version=1", chunks, str(path)).strip()

    def connect(self, peers: list[str]) -> None:
        for peer in peers:
            self.bitswap("swarm", "connect", peer)

    def fetch(self, cid: str, peers: list[str], copy: Path, folder: Path) -> Service:
        named = [f"--peer={peer}" for peer in peers]
        command = [*self.program, "get", cid, *named, "-o", str(copy), "--json"]
        return self.fetching(command, folder)

    def told_seconds(self, fetch: Service) -> float | None:
        lines = fetch.lines()
        return json.loads(lines[-1]).get("seconds") if lines else None

    def counts(self) -> dict[str, float]:
        told = self.metrics()
        asks = {name.split('"')[1]: count for name, count in told.items() if name.startswith(ASKS)}
        for name, family in COUNTED.items():
            asks[name] = sum(told[each] for each in told if each.split("{")[0] == family)
        return asks

    def metrics(self) -> dict[str, float]:
        with self.host.entered(), urllib.request.urlopen(self.report["metrics_url"]) as page:
            lines = page.read().decode().splitlines()
        rows = [line.rsplit(" ", 1) for line in lines if line and line[0] != "#"]
        return {name: float(number) for name, number in rows}

    def blocks(self) -> list[str]:
        return [line.split()[0] for line in self.bitswap("block", "ls").splitlines()]


class RealKubo(Program, Kubo):
    def __init__(self, binary: Path, folder: Path, host: Host, changed: dict[str, object]):
        if unknown := [name for name in changed if "__" in name]:
            raise Failure(f"Kubo has no {', '.join(unknown)}")
        self.inside, self.host = host.inside, host
        # Else it asks nobody in an internet whom no router names.
        asks_all = {"Internal.Bitswap.BroadcastControl.Enable": False}
        super().__init__(binary, folder, {"Addresses.Swarm": EVERYWHERE, **asks_all, **changed})

    def start(self) -> None:
        # One that was killed leaves it; a command that finds nobody there would lock the daemon out.
        (self.folder / "repo/api").unlink(missing_ok=True)
        super().start()

    def settings(self) -> dict[str, str]:
        return self.env

    def daemon(self) -> list[str]:
        return [*self.inside, self.binary, "daemon"]

    def peer_id(self) -> str:
        return self.ipfs("id", "--format=<id>").strip()

    def take(self, path: Path, chunk_bytes: int) -> str:
        chunks = f"--chunker=size-{chunk_bytes}"
        return self.ipfs("add", "-Q", "--cid-version=1", chunks, str(path)).strip()

    def fetch(self, cid: str, peers: list[str], copy: Path, folder: Path) -> Service:
        # A pin asks for all blocks that it can, where `get` asks for one after the other.
        return self.fetching([*self.inside, self.binary, "pin", "add", cid], folder)

    def told_seconds(self, fetch: Service) -> float | None:
        """It tells none; the clock of who waits for it has the start of the command in it, 50 ms."""
        return None

    def counts(self) -> dict[str, float]:
        return {"received": self.received()}

    def blocks(self) -> list[str]:
        return self.ipfs("refs", "local").split()


def message(fetch: Service) -> str:
    """The last thing that a command said."""
    lines = [line.strip(" |") for line in tail(fetch.stderr).splitlines()] or [""]
    return next((line for line in lines if line.lower().startswith("error:")), lines[-1])
