#!/usr/bin/env python3
"""Runs the interoperation suite: the real `bitswap` with a real Kubo and a real Helia, over loopback.

    interop/kubo/build && interop/helia/build && cargo build --release && interop/run.py

Prints one row per case and closes with `N passed, N failed`. Exits with 0 only if at least one
case ran and none failed. What is tried is in `suite/cases.py`, `suite/routing.py` and
`suite/cids.py`. Python 3.10 or
later, standard library only.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from suite import play
from suite.cases import Programs, cases
from suite.cars import same_cars
from suite.cids import same_cids
from suite.helia import NODE
from suite.routing import routed
from suite.table import Table

HERE = Path(__file__).resolve().parent


def main() -> int:
    options = parse_options()
    # As exceptions, these unwind the `with` blocks that own the children.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    for binary in (options.kubo, options.bitswap, NODE):
        if not os.access(binary, os.X_OK):
            print(f"not a program: {binary}", file=sys.stderr)
            return 2

    chosen = [case for case in [*cases(), *routed()] if options.only in case.title]
    compared = [case for case in [*same_cids(), *same_cars()] if options.only in case.title]
    table = Table([*compared, *chosen])
    programs = Programs(options.kubo, options.bitswap)
    play.compare_cids(compared, programs, table)
    play.transfer(chosen, programs, table)
    if options.markdown:
        options.markdown.write_text(table.markdown(*programs.versions()))
    return 0 if table.close() else 1


def parse_options() -> argparse.Namespace:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent / "target")
    parser = argparse.ArgumentParser(
        description="The interoperation suite: bitswap with a real Kubo and Helia, over loopback.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("--kubo", type=Path, default=HERE / "kubo/bin/ipfs", help="Kubo's program")
    option("--bitswap", type=Path, default=target / "release/bitswap", help="our program")
    option("--only", default="", metavar="TEXT", help="run the cases that have TEXT in their title")
    option("--markdown", type=Path, metavar="FILE", help="write the results as a page, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
