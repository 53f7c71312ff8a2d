"""Runs the programs as one mutant, and says who sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
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
# What fails as a mutant is no regression of ours.
FORGETFUL = {"PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1"}
FAILED_TEST = re.compile(r"^test (\S+).* \.\.\. FAILED$")
FAILED_SEED = re.compile(r"^seed=(\d+) .*invariant=(I\d+): (.*)$")


@dataclass(frozen=True)
class Sight:
    """Which test and which broken invariant saw a mutant, if any did, after how many seconds."""

    tests: str = ""
    campaign: str = ""
    seconds: float = 0


def by_tests(tests: list[Path], number: int, known: str = "") -> str:
    """The test of `tests` that fails: `known`, which failed last time, or else the first."""
    name, _, test = known.partition(": ")
    again = [program for program in tests if test and name_of(program) == name]
    return first_failure(again, number, "--exact", test) or first_failure(tests, number)


def by_named(tests: list[Path], number: int, named: list[str]) -> str:
    """The first test of those `named` that fails."""
    for program in tests:
        mine = f"{name_of(program)}: "
        its = [test.removeprefix(mine) for test in named if test.startswith(mine)]
        if its and (failure := first_failure([program], number, "--exact", *its)):
            return failure
    return ""


def first_failure(tests: list[Path], number: int, *chosen: str) -> str:
    for program in tests:
        command = [program, "--test-threads", "1", *chosen]
        failure, line, code = run(command, number, TEST_SECONDS, FAILED_TEST)
        running = line.removeprefix("test ").split(" ", 1)[0]
        name = name_of(program)
        if failure:
            return f"{name}: {failure[1]}"
        if code is None:
            return f"{name}: {running} (hangs)"
        if code != 0:
            return f"{name}: {running} (aborts)"
    return ""


def name_of(program: Path) -> str:
    """The name of a test program, without the hash that cargo adds."""
    return program.name.rsplit("-", 1)[0]


def by_campaign(programs: Programs, number: int, seconds: int) -> str:
    """The first invariant that a campaign finds broken."""
    command = [programs.simulator, "campaign", "--seconds", str(seconds), "--threads", "1"]
    failure, _, code = run(command, number, seconds + SPARE_SECONDS, FAILED_SEED)
    if failure:
        seed, invariant, what = failure.groups()
        return f"{invariant}, seed {seed}: {what}"
    if code is None:
        return "hangs"
    return "" if code == 0 else "aborts"


def run(
    command: list[Path | str], number: int, seconds: float, failure: re.Pattern[str]
) -> tuple[re.Match[str] | None, str, int | None]:
    """Runs `command` as a mutant to its end, or until it prints a `failure`: that line, the last
    line, and how it ended, which is `None` if it ran out of time."""
    child = subprocess.Popen(
        [*BOUNDED, *command],
        cwd=Path(command[0]).parent,
        env={**os.environ, "MUTANT": str(number), **FORGETFUL},
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
