"""A TCP forwarder that lets each byte wait a while, both ways.

    delay.py LISTEN_HOST:PORT TARGET_HOST:PORT MILLISECONDS MOST_BYTES

Prints `ready` when it listens. What waits in one direction is bounded by MOST_BYTES: beyond that
it reads no more, and its sender has to wait, as it would on a long way.
"""

from __future__ import annotations

import asyncio
import sys

CHUNK = 16 * 1024


async def main(listen: str, target: str, milliseconds: str, most: str) -> None:
    delay = int(milliseconds) / 1000

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*place(target), limit=CHUNK)
        await asyncio.gather(
            Way(reader, back, delay, int(most)).run(),
            Way(there, writer, delay, int(most)).run(),
        )

    server = await asyncio.start_server(forward, *place(listen), limit=CHUNK)
    print("ready", flush=True)
    await server.serve_forever()


class Way:
    """One direction of one connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, most: int
    ):
        self.reader = reader
        self.writer = writer
        self.delay = delay
        self.most = most
        self.waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self.bytes = 0
        self.has_room = asyncio.Event()

    async def run(self) -> None:
        await asyncio.gather(self.take(), self.give())

    async def take(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            while self.bytes >= self.most:
                self.has_room.clear()
                await self.has_room.wait()
            try:
                chunk = await self.reader.read(CHUNK)
            except ConnectionError:
                chunk = b""
            self.bytes += len(chunk)
            self.waiting.put_nowait((clock() + self.delay, chunk))
            if not chunk:
                return

    async def give(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due, chunk = await self.waiting.get()
            await asyncio.sleep(due - clock())
            self.writer.write(chunk)
            try:
                await self.writer.drain()
                if not chunk:
                    self.writer.close()
            except ConnectionError:
                pass
            if not chunk:
                return
            self.bytes -= len(chunk)
            self.has_room.set()


def place(text: str) -> tuple[str, int]:
    host, port = text.rsplit(":", 1)
    return host, int(port)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
