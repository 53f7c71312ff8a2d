"""Runs the programs as one mutant, and says who sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .build import Programs

# So long a test binary may take that takes seconds otherwise; a mutant may also eat memory.
TEST_SECONDS = 60
# So much longer than it was told a campaign may take: its last plan is run to the end.
SPARE_SECONDS = 30
MEMORY_KIB = 4 * 1024 * 1024
BOUNDED = ["sh", "-c", f'ulimit -v {MEMORY_KIB} && exec "$@"', "sh"]
FAILED_TEST = re.compile(r"^test (\S+).* \.\.\. FAILED$")
FAILED_SEED = re.compile(r"^seed=(\d+) .*invariant=(I\d+): (.*)$")


@dataclass(frozen=True)
class Sight:
    """Who saw a mutant (`tests`, `campaign` or nobody), in what, and after how long."""

    by: str
    what: str
    seconds: float


def by_tests(programs: Programs, number: int) -> Sight:
    """The first of the core's tests that fails."""
    begun = time.monotonic()
    for program in programs.tests:
        name = program.name.rsplit("-", 1)[0]
        command = [program, "--test-threads", "1"]
        failure, line, code = run(command, number, TEST_SECONDS, FAILED_TEST)
        running = line.removeprefix("test ").split(" ", 1)[0]
        if failure:
            found = failure[1]
        elif code is None:
            found = f"{running} (hangs)"
        elif code != 0:
            found = f"{running} (aborts)"
        else:
            continue
        return Sight("tests", f"{name}: {found}", time.monotonic() - begun)
    return Sight("", "", time.monotonic() - begun)


def by_campaign(programs: Programs, number: int, seconds: int) -> Sight:
    """The first invariant that a campaign finds broken."""
    begun = time.monotonic()
    command = [programs.simulator, "campaign", "--seconds", str(seconds), "--threads", "1"]
    failure, _, code = run(command, number, seconds + SPARE_SECONDS, FAILED_SEED)
    took = time.monotonic() - begun
    if failure:
        seed, invariant, what = failure.groups()
        return Sight("campaign", f"{invariant}, seed {seed}: {what}", took)
    if code == 0:
        return Sight("", "", took)
    return Sight("campaign", "hangs" if code is None else "aborts", took)


def run(
    command: list[Path | str], number: int, seconds: float, failure: re.Pattern[str]
) -> tuple[re.Match[str] | None, str, int | None]:
    """Runs `command` as a mutant to its end, or until it prints a `failure`: that line, the last
    line, and how it ended, which is `None` if it ran out of time."""
    child = subprocess.Popen(
        [*BOUNDED, *command],
        env={**os.environ, "MUTANT": str(number)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    late = threading.Event()

    def give_up() -> None:
        late.set()
        end(child)

    timer = threading.Timer(seconds, give_up)
    timer.start()
    found, line = None, ""
    try:
        for line in child.stdout or ():
            if found := failure.match(line.rstrip("\n")):
                break
    finally:
        timer.cancel()
        if found:
            end(child)
        code = child.wait()
    return found, line, None if late.is_set() else code


def end(child: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
