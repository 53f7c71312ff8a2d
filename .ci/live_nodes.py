"""Nodes on loopback, for scripts that look at a daemon while it works."""

import json
import os
import subprocess
from pathlib import Path

ENVIRONMENT = {
    "BITSWAP__NETWORK__MDNS": "false",
    "BITSWAP__NAT__UPNP": "false",
    "BITSWAP__ROUTING__DELEGATED": "[]",
    "BITSWAP__ROUTING__DHT": "off",
}


class Daemon:
    """A node in a directory of its own."""

    def __init__(self, program: str, folder: Path, config: str = "") -> None:
        self.program, self.folder = program, folder
        folder.mkdir()
        (folder / "bitswap.toml").write_text(config)
        self.environment = {**os.environ, **ENVIRONMENT, "BITSWAP_DIR": str(folder)}
        self.environment["BITSWAP_CONFIG"] = str(folder / "bitswap.toml")
        listen = ["--listen", "/ip4/127.0.0.1/tcp/0", "--metrics-port", "0", "--json"]
        self.process = subprocess.Popen(
            [program, "daemon", *listen], env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        self.report = json.loads(self.process.stdout.readline())

    def run(self, *words: str) -> subprocess.CompletedProcess:
        command = [self.program, *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)

    def start(self, *words: str) -> subprocess.Popen:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([self.program, *words], env=self.environment, **quiet)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)
