#!/usr/bin/env python3
"""Runs the interoperation suite: the real `bitswap` against a real Kubo, over loopback only.

    interop/kubo/build && cargo build --release && interop/run.py

Prints one row per case and closes with `N passed, N failed`. Exits with 0 only if at least one
case ran and none failed. What is tried is in `suite/cases.py`. Python 3.10 or later, standard
library only.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from suite.cases import CASES, Bench, Case
from suite.child import Failure
from suite.table import Table

HERE = Path(__file__).resolve().parent


def main() -> int:
    options = parse_options()
    # As exceptions, these unwind the `with` blocks that own the children.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    for binary in (options.kubo, options.bitswap):
        if not os.access(binary, os.X_OK):
            print(f"not a program: {binary}", file=sys.stderr)
            return 2

    cases = [case for case in CASES if options.only in case.title]
    table = Table(cases)
    for case in cases:
        try:
            table.passed(case, play(case, options))
        except Failure as failure:
            table.failed(case, failure)
    return 0 if table.close() else 1


def play(case: Case, options: argparse.Namespace) -> float:
    with tempfile.TemporaryDirectory(prefix="bitswap-interop-") as folder:
        return case.play(Bench(options.kubo, options.bitswap, Path(folder), case.title), case.size)


def parse_options() -> argparse.Namespace:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent / "target")
    parser = argparse.ArgumentParser(
        description="The interoperation suite: bitswap against a real Kubo, over loopback only.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("--kubo", type=Path, default=HERE / "kubo/bin/ipfs", help="Kubo's program")
    option("--bitswap", type=Path, default=target / "release/bitswap", help="our program")
    option("--only", default="", metavar="TEXT", help="run the cases that have TEXT in their title")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
