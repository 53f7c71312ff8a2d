"""What happened: one row per case as it ends, the closing line that machines read, and Markdown."""

from __future__ import annotations

from .cases import Case
from .child import Failure
from .cids import SameCids


PAGE = """\
# What crosses between bitswap and others

Made by `interop/run.py --markdown interop/README.md`, with Kubo {kubo} and Helia {helia}, over
loopback. Each copy was compared byte for byte with its source, and one side's counters show that
Bitswap moved it.

{both_ways}

With raw leaves, a file of 0 B is the empty block. Kubo has it and denies that it has, so `bitswap`
asks nobody for it: its CID says all that there is to know. Kubo and Helia do ask, and get it.

Besides:

{some_ways}

The CIDs of `bitswap add` and `ipfs add`, with files of all sizes at which something changes, trees,
symbolic links, names in many scripts and a sharded directory:

{cids}

The same samples as one tree in a CAR: `bitswap car export` and `ipfs dag export` write the same
bytes, and `ipfs dag import` and `bitswap car import` make the same files of them:

{cars}

Fetches over real lines: `lines/README.md`.
"""


class Table:
    def __init__(self, cases: list[Case | SameCids]):
        # By the order of the cases, whichever ends first.
        self.results: dict[Case | SameCids, str] = dict.fromkeys(cases, "")
        self.failures = 0
        self.width = max((len(str(case)) for case in cases), default=4)
        self.print_row("serves", "fetches", "what", "bytes", "seconds", "result")

    def passed(self, case: Case, size: int, seconds: float) -> None:
        self.results[case] = "identical"
        self.print_case(case, str(size), f"{seconds:.2f}", "identical")

    def same(self, case: SameCids, count: int) -> None:
        self.results[case] = f"{count} are the same"
        self.print_case(case, "-", "-", f"{count} {case.unit} are the same")

    def failed(self, case: Case | SameCids, failure: Failure) -> None:
        self.results[case] = "FAILED"
        self.failures += 1
        self.print_case(case, "-", "-", "FAILED")
        print("    " + str(failure).replace("\n", "\n    "), flush=True)

    def close(self) -> bool:
        """Prints the closing line; whether the run as a whole is good."""
        passes = sum(result not in ("", "FAILED") for result in self.results.values())
        if passes + self.failures != len(self.results):
            print(f"{len(self.results)} cases were to be played")
        print(f"{passes} passed, {self.failures} failed", flush=True)
        return 0 < passes == len(self.results)

    def markdown(self, kubo: str, helia: str) -> str:
        """A page with all results, which stays the same as long as they do."""
        rows: dict[str, dict[str, str]] = {}
        for case, told in self.results.items():
            if isinstance(case, Case):
                rows.setdefault(str(case), {})[str(case.direction)] = told
        directions = max(rows.values(), key=len, default={})
        both_ways = {what: told for what, told in rows.items() if len(told) == len(directions)}
        some_ways = [
            [way, what, result]
            for what, told in rows.items()
            if what not in both_ways
            for way, result in told.items()
        ]
        return PAGE.format(
            kubo=kubo,
            helia=helia,
            both_ways=table(
                ["what", *directions],
                [[what, *(told[way] for way in directions)] for what, told in both_ways.items()],
            ),
            some_ways=table(["who", "what", "result"], some_ways),
            cids=table(["import settings", "CIDs"], self.same_of("CIDs")),
            cars=table(["import settings", "CARs"], self.same_of("CARs")),
        )

    def same_of(self, unit: str) -> list[list[str]]:
        same = ((case, told) for case, told in self.results.items() if isinstance(case, SameCids))
        return [[str(case), told] for case, told in same if case.unit == unit]

    def print_case(self, case: Case | SameCids, size: str, seconds: str, result: str) -> None:
        between = ("kubo", "bitswap")
        if isinstance(case, Case):
            between = (case.direction.serves, case.direction.fetches)
        self.print_row(*between, str(case), size, seconds, result)

    def print_row(self, *cells: str) -> None:
        serves, fetches, what, size, seconds, result = cells
        row = f"{serves:8}{fetches:9}{what:{self.width}}{size:>11}{seconds:>9}  {result}"
        print(row, flush=True)


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
