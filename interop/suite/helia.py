"""A Helia node: `helia/node.js`, driven by a line of JSON for each request and for each answer."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from .child import Failure, Service
from .node import Layout

PROGRAM = Path(__file__).resolve().parent.parent / "helia/node.js"
NODE = PROGRAM.parent / "node_modules/.bin/node"

READY_SECONDS = 60
ANSWER_SECONDS = 120


class Helia:
    def __init__(self, service: Service):
        self.service = service
        self.answers = 0
        self.tcp = self.answer(READY_SECONDS)["address"]

    def address(self, transport: str) -> str:
        if transport != "tcp":
            raise Failure(f"Helia listens by TCP only, not by {transport}")
        return self.tcp

    def add(self, path: Path, layout: Layout) -> str:
        return self.ask(
            "add",
            path=str(path),
            directory=path.is_dir(),
            cidVersion=layout.cid_version,
            rawLeaves=layout.raw_leaves,
            chunk=layout.chunk,
        )["cid"]

    def put(self, path: Path, codec: str) -> str:
        return self.ask("put", path=str(path), codec=codec)["cid"]

    def get(self, cid: str, peers: list[str], into: Path) -> None:
        self.ask("get", cid=cid, peers=peers, path=str(into))

    def block(self, cid: str, peers: list[str], into: Path) -> None:
        self.ask("block", cid=cid, peers=peers, path=str(into))

    def sent(self) -> int:
        return self.ask("moved")["sent"]

    def received(self) -> int:
        return self.ask("moved")["received"]

    def forget(self) -> None:
        self.ask("forget")

    def ask(self, verb: str, **request: object) -> dict:
        self.service.tell(json.dumps({"verb": verb, **request}))
        answer = self.answer(ANSWER_SECONDS)
        if "error" in answer:
            raise Failure(f"Helia cannot {verb}: {answer['error']}")
        return answer

    def answer(self, seconds: float) -> dict:
        """The next line that it prints."""
        count = self.answers + 1
        found = self.service.wait_for(
            "answer of Helia",
            seconds,
            lambda: lines[count - 1] if len(lines := self.service.lines()) >= count else None,
        )
        self.answers = count
        return json.loads(found)


@contextmanager
def helia(folder: Path) -> Iterator[Helia]:
    """A node that answers, with an empty store in memory."""
    folder.mkdir()
    with Service([NODE, PROGRAM], folder) as service:
        yield Helia(service)
