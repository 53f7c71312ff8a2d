"""Plays cases, with nodes that stay up from one case of a chain to the next."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from .bitswap import Commands
from .cases import Case, Programs
from .child import Failure
from .cids import SameCids, make_samples
from .kubo import Repository
from .table import Table

# How many directions; more would wait for two processors.
AT_ONCE = 2


def transfer(cases: list[Case], programs: Programs, table: Table) -> None:
    """Two directions at a time: nodes mostly wait, for one another and for the disk."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        played = [pool.submit(play_in_turn, chain, programs, table) for chain in chains(cases)]
        try:
            for chain in as_completed(played):
                chain.result()
        finally:
            pool.shutdown(cancel_futures=True)


def chains(cases: list[Case]) -> list[list[Case]]:
    """The cases that the same nodes may play one after the other, the longest chain first."""
    found: list[list[Case]] = []
    for case in cases:
        if found and case.can_follow(found[-1][-1]):
            found[-1].append(case)
        else:
            found.append([case])
    return sorted(found, key=len, reverse=True)


def play_in_turn(chain: list[Case], programs: Programs, table: Table) -> None:
    waiting = deque(chain)
    while waiting:
        case = waiting[0]
        try:
            with (
                TemporaryDirectory(prefix="bitswap-interop-") as root,
                case.direction.nodes(programs, Path(root)) as (servers, fetcher),
            ):
                # Failures leave this block, which shows what the nodes said; the next case has
                # new ones.
                while waiting:
                    case = waiting.popleft()
                    with TemporaryDirectory(dir=root) as folder:
                        table.passed(case, *case.play(servers, fetcher, Path(folder)))
        except Failure as failure:
            if waiting and waiting[0] is case:
                waiting.popleft()
            table.failed(case, failure)


def compare_cids(cases: list[SameCids], programs: Programs, table: Table) -> None:
    if not cases:
        return
    with TemporaryDirectory(prefix="bitswap-interop-") as root:
        folder = Path(root)
        kubo = Repository(programs.kubo, folder / "kubo")
        bitswap = Commands(programs.bitswap, folder / "bitswap")
        make_samples(folder / "samples")
        for case in cases:
            try:
                table.same(case, case.play(kubo, bitswap, folder / "samples"))
            except Failure as failure:
                table.failed(case, failure)
