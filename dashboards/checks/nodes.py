"""Real nodes under load: what the boards are to show is made to happen."""

import json
import os
import random
import subprocess
import threading
import urllib.request
from pathlib import Path

KIB = 1024
# A CID that nobody has: a raw block's, of 32 zeros for a digest.
NOBODYS = "bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
ALONE = {
    "BITSWAP__NETWORK__MDNS": "false",
    "BITSWAP__NAT__UPNP": "false",
    "BITSWAP__ROUTING__DHT": "off",
    "BITSWAP__ROUTING__DELEGATED": "[]",
    "BITSWAP_LOG": "error",
}


class Node:
    """A daemon on loopback, in a directory of its own."""

    def __init__(self, program: Path, folder: Path, name: str, *arguments: str, **settings: str):
        self.program, self.folder, self.name = program, folder / name, name
        self.folder.mkdir()
        self.environment = {**os.environ, **ALONE, **settings, "BITSWAP_DIR": str(self.folder)}
        command = [program, "daemon", "--json", "--metrics-port", "0"]
        command += ["--listen", "/ip4/127.0.0.1/tcp/0", *arguments]
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        line = self.process.stdout.readline()
        self.report = json.loads(line or "{}")
        if "addresses" not in self.report:
            self.stop()
            raise RuntimeError(f"{name} did not start: {(self.folder / 'log').read_text()}")

    @property
    def address(self) -> str:
        return self.report["addresses"][0]

    @property
    def metrics(self) -> str:
        return self.report["metrics_url"]

    @property
    def instance(self) -> str:
        """As Prometheus names it."""
        return self.metrics.removeprefix("http://").split("/")[0]

    def run(self, *arguments: str, check: bool = True) -> str:
        command = [self.program, *arguments, "--json"]
        ran = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60
        )
        if check and ran.returncode != 0:
            raise RuntimeError(f"{self.name}: {' '.join(map(str, arguments))}: {ran.stderr}")
        return ran.stdout

    def scrape(self) -> str:
        with urllib.request.urlopen(self.metrics, timeout=5) as answer:
            return answer.read().decode()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


class Swarm:
    """Two holders; `near` is connected to both, `far` to a relay between it and one holder, and
    `asking` to nobody: a router tells it who has what."""

    def __init__(self, program: Path, folder: Path, scripts: Path):
        self.program, self.folder, self.scripts = program, folder, scripts
        self.ended, self.random = threading.Event(), random.Random(7)
        self.nodes: list[Node] = []
        self.failures: list[str] = []
        self.threads = [
            threading.Thread(target=self.guarded, args=(work,), daemon=True)
            for work in (self.fetch_near, self.fetch_elsewhere, self.fetch_in_vain)
        ]
        try:
            self.start_nodes()
        except BaseException:
            self.stop()
            raise

    def start_nodes(self) -> None:
        fair = f"ledger_policy={self.scripts / 'give_and_take.rhai'}"
        told = {"BITSWAP__ROUTING__SERVE": "127.0.0.1:0"}
        self.holder = self.node("holder", "--script", fair, **told)
        self.other = self.node("other")
        peers = [word for it in (self.holder, self.other) for word in ("--peer", it.address)]
        self.near = self.node("near", *peers)
        relay = self.node("relay", "--peer", self.holder.address)
        self.far = self.node("far", "--peer", relay.address)
        router = self.holder.report["routing_url"]
        self.asking = self.node("asking", BITSWAP__ROUTING__DELEGATED=f'["{router}"]')

    def node(self, name: str, *arguments: str, **settings: str) -> Node:
        self.nodes.append(Node(self.program, self.folder, name, *arguments, **settings))
        return self.nodes[-1]

    def start(self) -> None:
        """Load, and changes of strategies while it goes on."""
        for thread in self.threads:
            thread.start()
        self.near.run("strategy", "use", "peer_selector", "bandwidth-delay", "--split", "50%")
        self.near.run("strategy", "use", "provider_finder", "concurrent", "--shadow")
        self.near.run("strategy", "use", "no_such_role", "nothing", check=False)

    def guarded(self, work) -> None:
        while not self.ended.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001 told by whoever waits for the load
                self.failures.append(f"{work.__name__}: {error}")
                self.ended.wait(1)

    def add(self, *holders: Node) -> str:
        file = self.folder / f"file-{threading.get_ident()}"
        file.write_bytes(self.random.randbytes(1_500 * KIB))
        lines = [holder.run("add", str(file)).splitlines()[-1] for holder in holders]
        return json.loads(lines[0])["cid"]

    def fetch_near(self) -> None:
        cid = self.add(self.holder, self.other)
        target = self.folder / "near.out"
        self.near.run("get", cid, "-o", str(target), "--force")
        self.near.run("get", cid, "-o", str(target), "--force")
        self.ended.wait(0.2)

    def fetch_elsewhere(self) -> None:
        cid = self.add(self.holder)
        for node in (self.far, self.asking):
            node.run("get", cid, "-o", str(self.folder / f"{node.name}.out"), "--force")
        self.ended.wait(0.5)

    def fetch_in_vain(self) -> None:
        self.near.run("get", NOBODYS, "--wait", "--timeout", "2s", "-o", "-", check=False)
        self.asking.run("get", NOBODYS, "--wait", "--timeout", "2s", "-o", "-", check=False)

    def stop(self) -> None:
        self.ended.set()
        for thread in self.threads:
            if thread.is_alive():
                thread.join(30)
        for node in self.nodes:
            node.stop()
