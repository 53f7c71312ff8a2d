#!/usr/bin/env python3
"""Runs the commands of README.md's block, in order, in an empty directory; each has to end as README says.

usage: .ci/readme.py PROGRAM [README]

That is with 0, or with N where the line's comment says "exit N". Beside the commands runs another node: it is
MULTIADDR, has what OTHER names (something new for each line that fetches it), and is the router that stands for
the public ones, so that nothing leaves loopback. CID is what `add` printed. What goes on until it is stopped is
stopped after its first screen, but for the daemon; the command that `serve` prints is typed.
"""

import filecmp
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from live_nodes import ENVIRONMENT, Daemon

ROOT = Path(__file__).resolve().parent.parent
LINE_SECONDS = 120
SHOWN_LINES = 5
# What goes on until it is stopped, and what ends its first screen.
LIVE = {"daemon": "ready", "serve": "Ctrl-C ends it", "top": "quit"}
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78]")
# `top` puts the cursor where something changes: at the beginning of a row, or after what is blank.
MOVES = re.compile(r"\x1b\[\d+;(\d+)H")
A_CID = re.compile(r"\b(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|baf[a-z2-7]{50,})\b")


class Block:
    """The directory that the commands are typed in, and what their placeholders stand for."""

    def __init__(self, program: Path, place: Path) -> None:
        self.place, self.other = place, Daemon(str(program), place / "other", '[routing]\nserve = "127.0.0.1:0"\n')
        self.values, self.live = {"MULTIADDR": self.other.report["addresses"][0]}, []
        self.here, tools = place / "here", place / "bin"
        for folder in (self.here, tools, place / "home"):
            folder.mkdir()
        shutil.copytree(ROOT / "docs/pictures", self.here / "photos")
        shutil.copy(ROOT / "docs/pictures/page.png", self.here / "photos/cat.jpg")
        (tools / "bitswap").symlink_to(program)
        self.environment = {
            **ENVIRONMENT, "PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(place / "home"),
            "BITSWAP_DIR": str(place / "node"), "TERM": "xterm-256color",
            "BITSWAP__NETWORK__LISTEN": "/ip4/127.0.0.1/tcp/0", "BITSWAP__API__LISTEN": "127.0.0.1:0",
            "BITSWAP__METRICS__LISTEN": "127.0.0.1:0", "BITSWAP__ROUTING__DELEGATED": self.other.report["routing_url"],
        }

    def filled(self, command: str) -> str:
        """The command, with values for its placeholders."""
        if "OTHER" in command and ("OTHER" not in self.values or " get " in command):
            self.theirs = Path(tempfile.mkdtemp(dir=self.place))
            (self.theirs / "noise").write_bytes(os.urandom(3 << 20))
            self.values["OTHER"] = self.other.run("add", "-q", str(self.theirs)).stdout.strip()
        return re.sub(r"\b(CID|OTHER|MULTIADDR)\b", lambda found: self.values[found[0]], command)

    def line(self, command: str, code: int) -> None:
        typed = self.filled(command)
        print(f"$ {command}", flush=True)
        verb = command.split()[1]
        ended, text = self.watched(typed, verb) if verb in LIVE else self.run(typed)
        show(text, ended)
        check(ended == code, f"{typed}\nended with {ended}, and README says {code}:\n{text}")
        if code == 0:
            self.look_at(command, text)

    def run(self, typed: str) -> tuple[int, str]:
        told = subprocess.run(
            typed, shell=True, cwd=self.here, env=self.environment, text=True, timeout=LINE_SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        return told.returncode, told.stdout

    def watched(self, typed: str, verb: str) -> tuple[int | None, str]:
        """The first screen of what goes on, and how it ended when it was asked to; the daemon goes on."""
        ours, its = pty.openpty()
        process = subprocess.Popen(
            "stty cols 120 rows 30; exec " + typed, shell=True, cwd=self.here, env=self.environment,
            stdin=its, stdout=its, stderr=its, start_new_session=True,
        )
        self.live.append(process)
        os.close(its)
        text = read(ours, LIVE[verb])
        if verb == "daemon" and LIVE[verb] in text:
            # So that it can go on to write.
            threading.Thread(target=read, args=(ours,), daemon=True).start()
            return 0, text
        if verb == "serve" and LIVE[verb] in text:
            self.typed_as_told(text)
        os.write(ours, b"q") if verb == "top" else process.send_signal(signal.SIGTERM)
        read(ours)
        return process.wait(LINE_SECONDS), text

    def typed_as_told(self, text: str) -> None:
        """The command that `serve` prints last works where it was printed."""
        told = re.findall(r"^ +(bitswap get .*?)\s*$", text, re.MULTILINE)[-1]
        code, output = self.run(told)
        check(code == 0, f"{told}\nended with {code}; serve had printed it:\n{output}")

    def look_at(self, command: str, text: str) -> None:
        """Takes the CID that was added; what came is what was asked for."""
        if command.startswith("bitswap add "):
            self.values["CID"] = A_CID.findall(text)[-1]
        if into := re.search(r" get OTHER\b.* -o (\S+)", command):
            check(same(self.theirs / "noise", self.here / into[1] / "noise"), f"{into[1]} is not what was asked for")
        if into := re.search(r" cat CID/(\S+) > (\S+)", command):
            check(same(self.here / "photos" / into[1], self.here / into[2]), f"{into[2]} is not what was asked for")

    def end(self) -> None:
        for process in self.live:
            process.terminate()
            process.wait(LINE_SECONDS)
        self.other.end()


def check(good: bool, what: str) -> None:
    if not good:
        sys.exit(f"FAILED: {what}")


def same(source: Path, copy: Path) -> bool:
    return copy.exists() and filecmp.cmp(source, copy, shallow=False)


def read(terminal: int, until: str | None = None) -> str:
    """What comes until this does, or until the end, as plain text."""
    came, text = b"", ""
    while (until is None or until not in text) and select.select([terminal], [], [], LINE_SECONDS)[0]:
        try:
            came += os.read(terminal, 1 << 16)
        except OSError:
            break
        text = MOVES.sub(lambda move: "\n" if move[1] == "1" else " ", came.decode(errors="replace"))
        # Of a line that was written over, the last.
        text = re.sub(r"[^\n]*\r(?!\n)", "", ESCAPES.sub("", text).replace("\r\n", "\n"))
    return text


def show(text: str, ended: int) -> None:
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    for line in lines[:SHOWN_LINES]:
        print(f"  {line[:150]}")
    more = f"{len(lines) - SHOWN_LINES} more lines, " if len(lines) > SHOWN_LINES else ""
    print(f"  ({more}exit {ended})", flush=True)


def commands(readme: Path) -> list[tuple[str, int]]:
    """The lines of the block that begins with `bitswap add`, each with the exit code it is to have."""
    blocks = re.findall(r"^```sh\n(.*?)^```", readme.read_text(), re.MULTILINE | re.DOTALL)
    block = next((block for block in blocks if block.startswith("bitswap add ")), "")
    lines = [re.split(r"\s+#\s*", line, maxsplit=1) for line in block.splitlines() if line.strip()]
    codes = [re.search(r"\bexit (\d+)", "".join(comment)) for _, *comment in lines]
    return [(line[0], int(code[1]) if code else 0) for line, code in zip(lines, codes)]


def main() -> int:
    found = commands(Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "README.md")
    check(bool(found), "README.md has no block of commands that begins with `bitswap add`")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        block = Block(Path(sys.argv[1]).resolve(), Path(folder))
        try:
            for command, code in found:
                block.line(command, code)
        finally:
            block.end()
    print(f"{len(found)} commands, each as README says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
