"""Runs the programs as one mutant, and says who sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .build import Programs

# So long a test binary may take that takes seconds otherwise; a mutant may also eat memory.
TEST_SECONDS = 60
CAMPAIGN_SECONDS = 20
# So much longer than it was told a campaign may take: its last plan is run to the end.
SPARE_SECONDS = 30
# How `timeout` ends if a program was too late: with it.
LATE = -signal.SIGKILL
MEMORY_KIB = 4 * 1024 * 1024
BOUNDED = ["sh", "-c", f'ulimit -v {MEMORY_KIB} && exec "$@"', "sh"]
# What fails as a mutant is no regression of ours.
FORGETFUL = {"PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1"}
FAILED_TEST = re.compile(r"^test (\S+).* \.\.\. FAILED$")
FAILED_SEED = re.compile(r"^seed=(\d+) .*invariant=(I\d+): ")


@dataclass(frozen=True)
class Sight:
    """Which test and which broken invariant saw a mutant, if any did."""

    test: str = ""
    campaign: str = ""


def by_test(tests: list[Path], number: int, known: str) -> str:
    """The test that is `known` by the name of its program and its own, if it fails."""
    # Without how it failed, if that is beside its name.
    name, _, test = known.split(" (")[0].partition(": ")
    its = [program for program in tests if test and name_of(program) == name]
    return first_failure(its, number, "--exact", test)


def first_failure(tests: list[Path], number: int, *chosen: str) -> str:
    """The first test of `tests` that fails, or of those `chosen` from them."""
    for program in tests:
        command = [program, "--test-threads", "1", *chosen]
        failure, line, code = run(command, number, TEST_SECONDS, FAILED_TEST)
        running = line.removeprefix("test ").split(" ", 1)[0]
        if failure:
            return f"{name_of(program)}: {failure[1]}"
        if code != 0:
            return f"{name_of(program)}: {running} ({'hangs' if code == LATE else 'aborts'})"
    return ""


def name_of(program: Path) -> str:
    """The name of a test program, without the hash that cargo adds."""
    return program.name.rsplit("-", 1)[0]


def by_campaign(programs: Programs, number: int) -> str:
    """The first invariant that a campaign finds broken."""
    command = [programs.simulator, "campaign", "--seconds", str(CAMPAIGN_SECONDS), "--threads", "1"]
    failure, _, code = run(command, number, CAMPAIGN_SECONDS + SPARE_SECONDS, FAILED_SEED)
    if failure:
        return f"{failure[2]}, seed {failure[1]}"
    return {0: "", LATE: "hangs"}.get(code, "aborts")


def run(
    command: list[Path | str], number: int, seconds: int, failure: re.Pattern[str]
) -> tuple[re.Match[str] | None, str, int]:
    """Runs `command` as a mutant to its end, or until it prints a `failure`: that line, the last
    line, and how it ended."""
    child = subprocess.Popen(
        ["timeout", "-s", "KILL", str(seconds), *BOUNDED, *command],
        cwd=Path(command[0]).parent,
        env={**os.environ, "MUTANT": str(number), **FORGETFUL},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    found, line = None, ""
    for line in child.stdout or ():
        if found := failure.match(line.rstrip("\n")):
            os.killpg(child.pid, signal.SIGKILL)
            break
    return found, line, child.wait()
