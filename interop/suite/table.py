"""What happened, one row per case as it ends, and the closing line that machines read."""

from __future__ import annotations

from .cases import Case
from .child import Failure


class Table:
    def __init__(self, cases: list[Case]):
        self.passes = 0
        self.failures = 0
        self.width = max((len(case.what) for case in cases), default=4)
        self.print_row("serves", "fetches", "what", "bytes", "seconds", "result")

    def passed(self, case: Case, seconds: float) -> None:
        self.passes += 1
        self.print_case(case, f"{seconds:.2f}", "identical")

    def failed(self, case: Case, failure: Failure) -> None:
        self.failures += 1
        self.print_case(case, "-", "FAILED")
        print("    " + str(failure).replace("\n", "\n    "), flush=True)

    def close(self) -> bool:
        """Prints the closing line; whether the run as a whole is good."""
        if self.passes + self.failures == 0:
            print("no case ran")
        print(f"{self.passes} passed, {self.failures} failed", flush=True)
        return self.passes > 0 and self.failures == 0

    def print_case(self, case: Case, seconds: str, result: str) -> None:
        self.print_row(case.serves, case.fetches, case.what, str(case.size), seconds, result)

    def print_row(self, *cells: str) -> None:
        serves, fetches, what, size, seconds, result = cells
        row = f"{serves:8}{fetches:9}{what:{self.width}}{size:>11}{seconds:>9}  {result}"
        print(row, flush=True)
