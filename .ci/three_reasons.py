#!/usr/bin/env python3
"""Makes README's picture, docs/pictures/three-reasons.svg: what four commands print on nodes of this machine.

usage: .ci/three_reasons.py PROGRAM FILE.svg

Needs tmux, in which the live view runs.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from live_nodes import ENVIRONMENT, Daemon
from screen_picture import svg
from top import CURVE_SECONDS, Terminal

COLUMNS = 100
# The box with the two rates.
TOP_ROWS = slice(1, 5)
# Enough for the comparison to have something to say.
FETCHES = 80
FETCH_BYTES = 2 << 20
# A block that nobody has.
MISSING = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
LIMIT = "2MiB/s"
USE = "bitswap strategy use peer_selector expected-finish --split 50%"


def main() -> int:
    program = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        limited = Daemon(program, place / "limited", f'[limits]\nupload = "{LIMIT}"\n')
        router = Daemon(program, place / "router", '[routing]\nserve = "127.0.0.1:0"\n')
        ENVIRONMENT["BITSWAP__ROUTING__DELEGATED"] = router.report["routing_url"]
        fetcher = Daemon(program, place / "fetcher")
        try:
            rates = [typed("bitswap top", f"on a node with limits.upload = {LIMIT}"), *top(place, limited, fetcher)]
            compared = compare(place, [limited, router], fetcher)
            picture = "\n".join([*rates, "", *explain(fetcher), "", *compared])
        finally:
            for daemon in (fetcher, router, limited):
                daemon.end()
    Path(sys.argv[2]).write_text(svg(picture, "a limit that is kept, why a block is not here, and two strategies compared"))
    print(picture)
    return 0


def top(place: Path, limited: Daemon, fetcher: Daemon) -> list[str]:
    """The rates of a node that somebody fetches from."""
    cid = added(place, [limited], 48 << 20)
    with Terminal(limited.program, limited.environment, COLUMNS) as terminal:
        with fetcher.start("get", cid, "--peer", limited.report["addresses"][0], "-o", str(place / "out")) as fetching:
            time.sleep(CURVE_SECONDS)
            terminal.wait("its rate", "up 2.0")
            screen = terminal.tmux("capture-pane", "-p", "-e")
            fetching.terminate()
    return screen.splitlines()[TOP_ROWS]


def compare(place: Path, servers: list[Daemon], fetcher: Daemon) -> list[str]:
    """A half of the fetches is another's, and the daemon tells what came of both."""
    fetcher.run(*USE.split()[1:])
    peers = [word for server in servers for word in ("--peer", server.report["addresses"][0])]
    for number in range(FETCHES):
        fetcher.run("get", added(place, servers, FETCH_BYTES), *peers, "-o", str(place / f"copy-{number}"))
    arms = [line for line in fetcher.run("stat").stdout.splitlines() if "asked" not in line]
    return [typed(USE), typed("bitswap stat | grep -v asked | tail -n 9"), *arms[-9:]]


def explain(fetcher: Daemon) -> list[str]:
    fetcher.run("get", MISSING, "-o", "nothing")
    return [typed(f"bitswap explain {MISSING}"), *fetcher.run("explain", MISSING).stdout.rstrip().splitlines()]


def added(place: Path, servers: list[Daemon], size: int) -> str:
    """The CID of a new file that all of them have."""
    (place / "file").write_bytes(os.urandom(size))
    return [server.run("add", "-q", str(place / "file")).stdout.strip() for server in servers][0]


def typed(command: str, comment: str = "") -> str:
    return f"\x1b[1;32m$\x1b[0m \x1b[1m{command}\x1b[0m" + f"   \x1b[2m# {comment}\x1b[0m" * bool(comment)


if __name__ == "__main__":
    sys.exit(main())
