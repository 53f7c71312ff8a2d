"""Child processes that never outlive the run, and waiting that always ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Callable, Sequence, TypeVar

T = TypeVar("T")
Command = Sequence["str | Path"]

# What the children write to their logs, which a failure shows.
VERBOSITY = ("BITSWAP_LOG", "GOLOG_LOG_LEVEL", "DEBUG")
POLL_SECONDS = 0.02
# Kubo closes its repository on SIGTERM; more than this is a hang.
STOP_SECONDS = 20
TAIL_LINES = 30


class Failure(Exception):
    """A case does not hold; the message says what was expected and what the children said."""

    def add(self, text: str) -> None:
        self.args = (f"{self}\n{text}",)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Only what is named here reaches a child, so a user's settings change little."""
    kept = {key: os.environ[key] for key in ("PATH", "TMPDIR", *VERBOSITY) if key in os.environ}
    return {**kept, "HOME": str(home), "RUST_BACKTRACE": "1", **more}


def run(
    command: Command, home: Path, seconds: float, output: Path | None = None, **env: str
) -> str:
    """Runs `command` to its end and returns what it printed, or leaves that in `output` if given.

    Raises `TimeUp` if it does not end within `seconds`, `Failure` if not with 0.
    """
    errors = home / "errors.log"
    printed = output or home / "printed.log"
    with open(printed, "wb") as out, open(errors, "wb") as err:
        try:
            code = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment(home, **env),
                timeout=seconds,
                preexec_fn=die_with_parent,
            ).returncode
        except subprocess.TimeoutExpired:
            raise TimeUp(f"{show(command)} runs on after {seconds} s{tail(errors)}") from None
    if code != 0:
        raise Failure(f"{show(command)} ended with {code}{tail(errors)}")
    return "" if output else printed.read_text()


class TimeUp(Failure):
    """A command takes longer than it may."""


class Service:
    """A child that runs as long as its `with` block; its output goes to files in `folder`.

    Its stdin is silent but for what `tell` writes.
    """

    def __init__(self, command: Command, folder: Path, **env: str):
        self.command = command
        self.stdout = folder / "stdout.log"
        self.stderr = folder / "stderr.log"
        self.env = environment(folder, **env)

    def __enter__(self) -> Service:
        with open(self.stdout, "wb") as out, open(self.stderr, "wb") as err:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env=self.env,
                preexec_fn=die_with_parent,
            )
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        code = self.process.poll()
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            if error is None:
                raise Failure(f"{self} runs on {STOP_SECONDS} s after SIGTERM") from None
        finally:
            self.process.kill()
            self.process.wait()
            with suppress(BrokenPipeError):
                self.process.stdin.close()
            if isinstance(error, Failure):
                state = "ran" if code is None else f"had ended with {code}"
                error.add(f"{self} {state}{tail(self.stderr)}")

    def __str__(self) -> str:
        return show(self.command)

    def tell(self, line: str) -> None:
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failure("the child takes no more requests") from None

    def lines(self) -> list[str]:
        """What it has printed. A line that is still being written is not among them."""
        return self.stdout.read_text().split("\n")[:-1]

    def wait_for(self, what: str, seconds: float, look: Callable[[], T | None]) -> T:
        """Calls `look` until it returns something; fails when time is up or the child has ended."""
        deadline = time.monotonic() + seconds
        while (found := look()) is None:
            if self.process.poll() is not None:
                raise Failure(f"the child ended before {what}")
            if time.monotonic() > deadline:
                raise Failure(f"no {what} within {seconds} s")
            time.sleep(POLL_SECONDS)
        return found


def die_with_parent() -> None:
    """Covers the one exit that cannot be caught: the runner is killed with SIGKILL."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return "".join(f"\n  | {line}" for line in lines)


def show(command: Command) -> str:
    return "`" + " ".join([Path(command[0]).name, *map(str, command[1:])]) + "`"
