"""What happened: one row per case as it ends, the closing line that machines read, and Markdown."""

from __future__ import annotations

from .cases import Case
from .child import Failure
from .cids import SameCids


class Table:
    def __init__(self, cases: list[Case | SameCids]):
        self.results: dict[Case | SameCids, str] = {}
        self.failures = 0
        self.width = max((len(str(case)) for case in cases), default=4)
        self.print_row("serves", "fetches", "what", "bytes", "seconds", "result")

    def passed(self, case: Case, size: int, seconds: float) -> None:
        self.results[case] = f"{seconds:.2f} s"
        self.print_case(case, str(size), f"{seconds:.2f}", "identical")

    def same(self, case: SameCids, count: int) -> None:
        self.results[case] = "same"
        self.print_case(case, "-", "-", f"{count} CIDs are the same")

    def failed(self, case: Case | SameCids, failure: Failure) -> None:
        self.results[case] = "FAILED"
        self.failures += 1
        self.print_case(case, "-", "-", "FAILED")
        print("    " + str(failure).replace("\n", "\n    "), flush=True)

    def close(self) -> bool:
        """Prints the closing line; whether the run as a whole is good."""
        passes = sum(result != "FAILED" for result in self.results.values())
        if not self.results:
            print("no case ran")
        print(f"{passes} passed, {self.failures} failed", flush=True)
        return passes > 0 and self.failures == 0

    def markdown(self) -> str:
        """What crossed by rows, who served whom by columns: the seconds of each identical copy."""
        transfers = {case: told for case, told in self.results.items() if isinstance(case, Case)}
        directions = list(dict.fromkeys(str(case.direction) for case in transfers))
        rows: dict[str, dict[str, str]] = {}
        for case, told in transfers.items():
            rows.setdefault(str(case), {})[str(case.direction)] = told
        lines = [
            line("what", *directions),
            line("---", *("---" for _ in directions)),
            *(line(what, *(told.get(to, "–") for to in directions)) for what, told in rows.items()),
            "",
            line("import settings", "CIDs of bitswap and kubo"),
            line("---", "---"),
        ]
        for case, told in self.results.items():
            if isinstance(case, SameCids):
                lines.append(line(str(case), told))
        return "\n".join(lines) + "\n"

    def print_case(self, case: Case | SameCids, size: str, seconds: str, result: str) -> None:
        between = ("kubo", "bitswap")
        if isinstance(case, Case):
            between = (case.direction.serves, case.direction.fetches)
        self.print_row(*between, str(case), size, seconds, result)

    def print_row(self, *cells: str) -> None:
        serves, fetches, what, size, seconds, result = cells
        row = f"{serves:8}{fetches:9}{what:{self.width}}{size:>11}{seconds:>9}  {result}"
        print(row, flush=True)


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
