#!/usr/bin/env python3
"""Measures the limits of uploads and downloads, and the shares of a scarce upload, on real sockets.

    cargo build --release && speed/limits.py

One daemon serves a file of 256 KiB blocks, two others fetch it at the same time, all on loopback.
Each limit is put in force in running daemons, by `bitswap config set` and SIGHUP. What is measured
is what the server's ledger says was sent to each fetcher over 20 seconds, once the burst has gone.
Prints a table; exits with 1 if a rate is off by more than 3 %, or a share by more than 5 %. Needs
Python 3.10 or later.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

from suite.bitswap import Daemon, daemon
from suite.child import Failure, Service

LISTEN = ["tcp/0"]
MIB = 1024 * 1024
RATE_MIB = 5
# More than two fetchers of `RATE_MIB` each have in the time of a case.
CONTENT_BYTES = 224 * MIB
# The burst of 1 MiB is gone, and both fetchers have their requests there.
SETTLE_SECONDS = 4
SECONDS = 20
RATE_TOLERANCE = 0.03
SHARE_TOLERANCE = 0.05
WEIGHTS = (1024, 3072)
SCRIPT = f"""// ledger_policy: three times the share for the peers of the configuration.
fn weigh(ctx, account) {{
    ctx.because("by class");
    if account.class == "peered" {{ {WEIGHTS[1]} }} else {{ {WEIGHTS[0]} }}
}}
"""


@dataclass(frozen=True)
class Case:
    """What is limited, where, and the rate in MiB/s of both fetchers together and of each."""

    name: str
    server: dict[str, str] = field(default_factory=dict)
    fetchers: dict[str, str] = field(default_factory=dict)
    together: float | None = None
    each: float | None = None
    shares: bool = False


LIMIT = f"{RATE_MIB}MiB/s"
CASES = [
    Case("upload of the node", {"limits.upload": LIMIT}, together=RATE_MIB),
    Case("upload to each peer", {"limits.upload_per_peer": LIMIT}, each=RATE_MIB),
    Case("download of the node", fetchers={"limits.download": LIMIT}, each=RATE_MIB),
    Case("download from each peer", fetchers={"limits.download_per_peer": LIMIT}, each=RATE_MIB),
    Case("shares of weights 1 : 3", {"limits.upload": LIMIT}, together=RATE_MIB, shares=True),
]


def main() -> int:
    options = parse_options()
    if not os.access(options.bitswap, os.X_OK):
        print(f"not a program: {options.bitswap}", file=sys.stderr)
        return 2
    print(f"{'what is limited':<26} {'measured':<22} {'asked for':>10} {'value':>8} {'off':>7}")
    failed = 0
    for case in CASES:
        if options.only and options.only not in case.name:
            continue
        try:
            first, second = measure(case, options.bitswap)
        except Failure as failure:
            print(f"{case.name}: {failure}")
            failed += 1
            continue
        failed += report(case, first, second)
    return 1 if failed else 0


def report(case: Case, first: float, second: float) -> int:
    """Prints the rows of a case, of which the rates are in MiB/s; the number of those that fail."""
    rows = []
    if case.together:
        rows.append(("both, MiB/s", case.together, first + second, RATE_TOLERANCE))
    if case.each:
        rows.append(("first fetcher, MiB/s", case.each, first, RATE_TOLERANCE))
        rows.append(("second fetcher, MiB/s", case.each, second, RATE_TOLERANCE))
    if case.shares:
        rows.append(("second over first", WEIGHTS[1] / WEIGHTS[0], second / first, SHARE_TOLERANCE))
    failed = 0
    for what, wanted, value, tolerance in rows:
        off = value / wanted - 1
        is_near = abs(off) <= tolerance
        failed += not is_near
        end = "" if is_near else "  too far"
        print(f"{case.name:<26} {what:<22} {wanted:>10.2f} {value:>8.3f} {off:>+7.2%}{end}")
    sys.stdout.flush()
    return failed


def measure(case: Case, binary: Path) -> tuple[float, float]:
    """MiB a second that each of two fetchers is sent. The second is a peer of the server's."""
    with TemporaryDirectory(prefix="bitswap-limits-") as folder, ExitStack() as stack:
        root = Path(folder)
        fetchers = [
            stack.enter_context(daemon(binary, root / name, listen=LISTEN))
            for name in ("first", "second")
        ]
        options = [f"--peer={fetchers[1].address('tcp')}"]
        if case.shares:
            script = root / "by_class.rhai"
            script.write_text(SCRIPT)
            options += [f"--script=ledger_policy={script}"]
            options += ["--strategy=task_prioritizer=weighted-fair"]
        server = stack.enter_context(daemon(binary, root / "server", *options, listen=LISTEN))
        source = root / "source"
        source.write_bytes(random.Random(7).randbytes(CONTENT_BYTES))
        cid = server.bitswap("add", "--quiet", "--cid-version=1", str(source)).strip()
        source.unlink()
        limit(server, case.server)
        for fetcher in fetchers:
            limit(fetcher, case.fetchers)
        for number, fetcher in enumerate(fetchers):
            stack.enter_context(fetching(fetcher, cid, server, root / f"get-{number}"))
        time.sleep(SETTLE_SECONDS)
        before, begun = sent(server, fetchers)
        time.sleep(SECONDS)
        after, ended = sent(server, fetchers)
        if max(after) >= CONTENT_BYTES:
            raise Failure("a fetch ended before its time")
        rates = [(late - early) / MIB / (ended - begun) for early, late in zip(before, after)]
        return rates[0], rates[1]


def limit(node: Daemon, limits: dict[str, str]) -> None:
    """Puts limits in force in a daemon that runs."""
    for key, value in limits.items():
        node.bitswap("config", "set", key, value)
        node.service.process.send_signal(signal.SIGHUP)
        told = lambda: f"{key} = " in node.service.stderr.read_text() or None
        node.service.wait_for(f"word of {key}", 10, told)


def fetching(node: Daemon, cid: str, server: Daemon, folder: Path) -> Service:
    """A fetch that goes on until it is ended."""
    folder.mkdir()
    options = ["--peer", server.address("tcp"), "-o", str(folder / "copy")]
    return Service([*node.program, "get", cid, *options], folder, **node.env())


def sent(server: Daemon, fetchers: list[Daemon]) -> tuple[list[int], float]:
    """Bytes of blocks sent to each fetcher so far, and when that was."""
    begun = time.monotonic()
    lines = server.bitswap("ledger", "--json").splitlines()
    moment = (begun + time.monotonic()) / 2
    rows = {row["peer_id"]: row["sent_bytes"] for row in map(json.loads, lines) if "peer_id" in row}
    return [rows.get(fetcher.report["peer_id"], 0) for fetcher in fetchers], moment


def parse_options() -> argparse.Namespace:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent / "target")
    parser = argparse.ArgumentParser(
        description="Limits and shares of real nodes, beside what was asked for.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--bitswap", type=Path, default=target / "release/bitswap", help="our program"
    )
    parser.add_argument("--only", help="cases whose names have this in them")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
