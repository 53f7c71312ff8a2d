#!/usr/bin/env python3
"""Drives `bitswap top` in a real terminal (tmux): what it shows, what keys do, and that it gives the terminal back.

usage: .ci/top.py PROGRAM [FOLDER]

The pictures that were seen are saved in FOLDER, if one is named, one of them as SVG (docs/pictures/top.svg). Needs tmux; without it, says so and ends with 0,
but for CI=true.
"""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from live_nodes import Daemon
from screen_picture import svg

SECONDS = 20
NUMBERS = itertools.count()
FILE_BYTES = 48 << 20
CURVE_SECONDS = 8


class Terminal:
    """A tmux of its own with one window, in which `top` runs."""

    def __init__(self, program: str, environment: dict, columns: int = 120, rows: int = 30) -> None:
        self.name = f"bitswap-top-{os.getpid()}-{next(NUMBERS)}"
        size = ["-x", str(columns), "-y", str(rows)]
        self.tmux("-f", "/dev/null", "new-session", "-d", *size, "sh", env=environment)
        self.type(f"clear; {program} top --interval 500ms; echo left with $?", "Enter")

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.tmux("kill-server")

    def tmux(self, *words: str, env: dict | None = None) -> str:
        command = ["tmux", "-L", self.name, *words]
        told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=10)
        if told.returncode:
            sys.exit(f"tmux {words}: {told.stderr}")
        return told.stdout

    def type(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def is_taken(self) -> bool:
        """Whether the program shows a screen of its own."""
        return self.tmux("display-message", "-p", "#{alternate_on}").strip() == "1"

    def wait(self, what: str, *texts: str, taken: bool | None = None) -> str:
        """The screen, once it has all these texts."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            screen = self.screen()
            if all(text in screen for text in texts) and taken in (None, self.is_taken()):
                print(f"ok: {what}", flush=True)
                return screen
            time.sleep(0.1)
        sys.exit(f"FAILED: {what}: no {texts} (taken: {taken}) in\n{self.screen()}")


def main() -> int:
    if not shutil.which("tmux"):
        print("SKIPPED: there is no tmux here; on Debian: apt-get install tmux")
        return 1 if os.environ.get("CI") == "true" else 0
    program = str(Path(sys.argv[1]).resolve())
    pictures = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        server = Daemon(program, place / "server", "[limits]\nupload = \"2MiB/s\"\n")
        fetcher = Daemon(program, place / "fetcher")
        try:
            seen = drive(program, place, server, fetcher)
        finally:
            for daemon in (server, fetcher):
                daemon.end()
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        coloured = seen.pop("coloured")
        (pictures / "top.svg").write_text(svg(coloured, "bitswap top, while a node fetches"))
        for name, screen in seen.items():
            (pictures / f"{name}.txt").write_text(screen)
    print(seen["busy"])
    return 0


def drive(program: str, place: Path, server: Daemon, fetcher: Daemon) -> dict[str, str]:
    """What was seen while one node fetched of the other, and until it ended."""
    (place / "file").write_bytes(os.urandom(FILE_BYTES))
    cid = server.run("add", "-q", str(place / "file")).stdout.strip()
    seen = {}
    with Terminal(program, fetcher.environment) as terminal:
        seen["idle"] = terminal.wait("an idle node", "no peer is connected", "peer_selector", "q  quit", taken=True)
        # It takes longer than all that follows.
        with fetcher.start("get", cid, "--peer", server.report["addresses"][0], "-o", str(place / "out")) as fetching:
            try:
                seen |= keys(terminal, f"…{server.report['peer_id'][-10:]}")
            finally:
                fetching.terminate()
    with Terminal(program, fetcher.environment) as terminal:
        terminal.wait("a second start", "q  quit", taken=True)
        terminal.type("C-c")
        terminal.wait("Ctrl-C gives the terminal back", "left with 0", taken=False)
    with Terminal(program, fetcher.environment, 50, 12) as terminal:
        terminal.wait("a small terminal is told", "error: a terminal of 50 columns", "left with 2", taken=False)
    with Terminal(program, fetcher.environment) as terminal:
        terminal.wait("a third start", "q  quit", taken=True)
        fetcher.end()
        gone = ["error: the daemon", "left with 4"]
        seen["gone"] = terminal.wait("the end of a daemon is told on the usual screen", *gone, taken=False)
    return seen


def keys(terminal: Terminal, peer: str) -> dict[str, str]:
    """What keys and sizes change while a file comes from `peer`."""
    seen = {}
    # What the server's limit lets through.
    busy = [peer, "down 2.", "oldest wants"]
    seen["busy"] = terminal.wait("a fetch, its peer and its wants", *busy, taken=True)
    # As much of the curve as there is while all else is tried.
    time.sleep(CURVE_SECONDS)
    seen["coloured"] = terminal.tmux("capture-pane", "-p", "-e")
    terminal.type("s")
    terminal.wait("s sorts otherwise", "by received")
    terminal.type("p")
    seen["paused"] = terminal.wait("p holds the picture", "paused", "go on")
    terminal.type("p")
    terminal.tmux("resize-window", "-x", "50", "-y", "12")
    seen["small"] = terminal.wait("a window that became too small", "50 columns and 12 rows are too small")
    terminal.tmux("resize-window", "-x", "70", "-y", "24")
    seen["narrow"] = terminal.wait("a narrow window", "latency", peer, taken=True)
    terminal.type("q")
    terminal.wait("q gives the terminal back", "left with 0", taken=False)
    terminal.type("clear; stty -a | grep -o ' echo .*'; echo $((6 * 7))", "Enter")
    terminal.wait("what is typed is seen again", " echo ", "42")
    return seen


if __name__ == "__main__":
    sys.exit(main())
