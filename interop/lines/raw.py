"""The yardstick: bare TCP streams between the same hosts, over the same lines."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress
from select import select
from threading import Thread

from line import Host
from suite.child import Failure

PORT = 5001
CONNECT_SECONDS = 60
ZEROS = bytes(256 * 1024)


def seconds(servers: list[Host], clients: list[Host], size: int, limit: float) -> float:
    """Until the last client has `size` bytes, by one stream from each server to each client.

    Connections are there before the clock starts, and a byte of each client starts its streams.
    """
    with ExitStack() as stack:
        streams: dict[str, list[socket.socket]] = {client.space: [] for client in clients}
        for server in servers:
            with server.entered():
                door = stack.enter_context(socket.create_server((server.address, PORT)))
            for client in clients:
                with client.entered():
                    address = (server.address, PORT)
                    here = stack.enter_context(socket.create_connection(address, CONNECT_SECONDS))
                streams[client.space].append(here)
                there = stack.enter_context(door.accept()[0])
                Thread(target=send, args=(there, size), daemon=True).start()
        begun = time.monotonic()
        takers = [Thread(target=take, args=(each, size), daemon=True) for each in streams.values()]
        for taker in takers:
            taker.start()
        for taker in takers:
            taker.join(max(0, begun + limit - time.monotonic()))
        if any(taker.is_alive() for taker in takers):
            raise Failure(f"a bare stream of {size} bytes is not through after {limit} s")
        return time.monotonic() - begun


def send(stream: socket.socket, size: int) -> None:
    # Whoever has enough, by all its streams, closes them.
    with suppress(OSError):
        stream.recv(1)
        while size > 0:
            stream.sendall(ZEROS[:size])
            size -= len(ZEROS)


def take(streams: list[socket.socket], size: int) -> None:
    buffer = bytearray(len(ZEROS))
    for stream in streams:
        stream.send(b"!")
    while size > 0:
        for stream in select(streams, [], [])[0]:
            size -= stream.recv_into(buffer)
