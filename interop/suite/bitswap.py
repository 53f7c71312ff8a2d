"""The program under test, driven by its command line as a user would."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from .child import Failure, Service, run

READY_SECONDS = 120


def get(binary: Path, cid: str, peer: str, into: Path, seconds: float) -> None:
    """Fetches `cid` from the node at the multiaddr `peer`."""
    run([binary, "get", cid, "--peer", peer, "-o", into], into.parent, seconds)


@dataclass(frozen=True)
class Demo:
    """What `demo --serve` serves, and one multiaddr of each of its servers."""

    root: str
    addresses: list[str]


@contextmanager
def demo(binary: Path, path: Path, folder: Path, servers: int = 1) -> Iterator[Demo]:
    """Serves `path` from `servers` nodes, which have passed their own check."""
    folder.mkdir()
    command = [binary, "demo", path, "--serve", "--servers", str(servers), "--json"]
    with Service(command, folder) as service:
        result = service.wait_for("a result", READY_SECONDS, lambda: find_result(service.stdout))
        served = read_result(result)
        if result["identical"] is not True or len(served.addresses) != servers:
            raise Failure(f"not an identical copy from {servers} servers: {result}")
        yield served


def find_result(stdout: Path) -> dict | None:
    # The last piece is empty, or a line that is still being written.
    for line in stdout.read_text().split("\n")[:-1]:
        try:
            printed = json.loads(line)
        except ValueError:
            raise Failure(f"not a line of JSON, as --json promises: {line}") from None
        if isinstance(printed, dict) and "identical" in printed:
            return printed
    return None


def read_result(result: dict) -> Demo:
    try:
        return Demo(result["root"], [server["addresses"][0] for server in result["servers"]])
    except (KeyError, IndexError, TypeError):
        raise Failure(f"a result without its root or a server's address: {result}") from None
