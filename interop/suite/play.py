"""Plays cases one after the other, with nodes that stay up from one case to the next."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory

from .bitswap import Commands
from .cases import Case, Programs
from .child import Failure
from .cids import SameCids, make_samples
from .kubo import Repository
from .table import Table


def transfer(cases: list[Case], programs: Programs, table: Table) -> None:
    waiting = deque(cases)
    while waiting:
        case = waiting[0]
        try:
            with (
                TemporaryDirectory(prefix="bitswap-interop-") as root,
                case.direction.nodes(programs, Path(root)) as (servers, fetcher),
            ):
                # Failures leave this block, which shows what the nodes said; the next case has
                # new ones.
                while True:
                    case = waiting.popleft()
                    with TemporaryDirectory(dir=root) as folder:
                        table.passed(case, *case.play(servers, fetcher, Path(folder)))
                    if not waiting or not waiting[0].can_follow(case):
                        break
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
