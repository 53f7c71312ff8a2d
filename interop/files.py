#!/usr/bin/env python3
"""A folder as people have them, of 20,000 files: added, compared with Kubo, carried away, fetched, and kept.

    interop/kubo/build && cargo build --release && interop/files.py

Each step prints its seconds; the last line is `N passed, N failed`. Python 3.10 or later, standard
library only.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.dont_write_bytecode = True

from suite.bitswap import Commands, Daemon, commands, daemon
from suite.child import Failure, die_with_parent, environment
from suite.content import KIB, compare, make_photos
from suite.kubo import Repository
from suite.node import Layout

HERE = Path(__file__).resolve().parent
SECONDS = 120
FILES = 20_000
# One block, and a little more than one.
COUNTS = [10, 5_500]
# Where files are made and removed in no time; on some disks, removing them takes minutes.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2 << 30
LAYOUT = Layout(cid_version=1, raw_leaves=True, chunk=256 * KIB)
OLD_LAYOUT = Layout(cid_version=0, raw_leaves=False, chunk=256 * KIB)
GARBAGE_FILES = 2_000
MORE_FILES = 3_000


def main() -> int:
    options = parse_options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    steps = Steps()
    with TemporaryDirectory(prefix="bitswap-files-", dir=place()) as root:
        folder = Path(root)
        try:
            run(options, folder, steps)
        except Failure as failure:
            steps.failed(failure)
    print(f"{steps.passed} passed, {steps.failures} failed", flush=True)
    return 1 if steps.failures else 0


def place() -> Path | None:
    """In memory if there is room; `None` is where the system keeps such things."""
    if not MEMORY.is_dir():
        return None
    about = os.statvfs(MEMORY)
    return MEMORY if about.f_bavail * about.f_frsize > MEMORY_BYTES else None


class Steps:
    """What was done, and how long each took."""

    def __init__(self) -> None:
        self.passed = self.failures = 0
        self.begun = time.monotonic()

    def done(self, what: str) -> None:
        now = time.monotonic()
        print(f"{now - self.begun:7.2f} s  {what}", flush=True)
        self.passed += 1
        self.begun = time.monotonic()

    def failed(self, failure: Failure) -> None:
        print(f"FAILED: {failure}", flush=True)
        self.failures += 1


def run(options: argparse.Namespace, folder: Path, steps: Steps) -> None:
    kubo = Repository(options.kubo, folder / "kubo")
    for files in COUNTS:
        make_photos(folder / f"{files} files", files, "few")
    photos = folder / "photos"
    make_photos(photos, FILES, "many")
    steps.done(f"{FILES} files were made")
    same_cids(options, folder, kubo, steps)

    with daemon(options.bitswap, folder / "first") as first:
        steps.done("our daemon is ready")
        cid, frames = add_with_bar(first, photos)
        steps.done(f"bitswap add: {FILES} files, {len(frames)} frames of the bar, the last {frames[-1]!r}")
        theirs = kubo.ipfs("add", "-Qr", *LAYOUT.options(), str(photos), seconds=SECONDS).strip()
        expect(theirs == cid, f"kubo has {theirs}, bitswap {cid}")
        steps.done("ipfs add of the same: the same CID")
        car_away(options, folder, first, cid, steps)

        with commands(options.bitswap, folder / "second") as second:
            second.get(cid, [first.address("tcp")], folder / "fetched")
            compare(photos, folder / "fetched")
        steps.done("bitswap get from our daemon: identical")
        collect(folder, first, cid, steps)


def same_cids(options: argparse.Namespace, folder: Path, kubo: Repository, steps: Steps) -> None:
    hashing = Commands(options.bitswap, folder / "hashing")
    for files in [*COUNTS, FILES]:
        path = folder / "photos" if files == FILES else folder / f"{files} files"
        for layout in (LAYOUT, OLD_LAYOUT):
            ours, theirs = hashing.only_hash(path, layout), kubo.only_hash(path, layout)
            expect(ours == theirs, f"{files} files, {layout}: kubo has {theirs}, bitswap {ours}")
        steps.done(f"{files} files have the CIDs that Kubo gives them: {ours}")


def car_away(
    options: argparse.Namespace, folder: Path, first: Daemon, cid: str, steps: Steps
) -> None:
    car = folder / "photos.car"
    first.bitswap("car", "export", cid, "-o", str(car), seconds=SECONDS)
    steps.done(f"bitswap car export: {car.stat().st_size} bytes")
    other = Repository(options.kubo, folder / "other kubo")
    other.ipfs("dag", "import", str(car), seconds=SECONDS)
    steps.done("ipfs dag import")
    other.ipfs("get", cid, "-o", str(folder / "from kubo"), seconds=SECONDS)
    compare(folder / "photos", folder / "from kubo")
    steps.done("ipfs get: identical")
    third = Commands(options.bitswap, folder / "third")
    third.bitswap("car", "import", str(car), seconds=SECONDS)
    steps.done("bitswap car import into another node")
    copy = folder / "from car"
    third.bitswap("get", cid, "--offline", "-o", str(copy), seconds=SECONDS)
    compare(folder / "photos", copy)
    steps.done("bitswap get --offline of it: identical")


def collect(folder: Path, first: Daemon, cid: str, steps: Steps) -> None:
    """Frees what is unpinned, and nothing else, while more is added."""
    garbage, more = folder / "garbage", folder / "more"
    make_photos(garbage, GARBAGE_FILES, "garbage")
    make_photos(more, MORE_FILES, "more")
    unpinned = first.bitswap("add", "--quiet", "--no-pin", *LAYOUT.options(), str(garbage)).strip()
    added: list[str] = []
    adding = threading.Thread(
        target=lambda: added.append(
            first.bitswap("add", "--quiet", *LAYOUT.options(), str(more), seconds=SECONDS).strip()
        )
    )
    collector = Collector(first)
    adding.start()
    freed, rounds = 0, 0
    while adding.is_alive() or rounds == 0:
        freed += collector.collect()
        rounds += 1
    adding.join()
    expect(len(added) == 1, "the add failed that went on meanwhile")
    freed += collector.collect()
    # Files of it are as many leaves, and the directory is some blocks more.
    expect(freed > GARBAGE_FILES, f"{freed} blocks were freed, of more than {GARBAGE_FILES}")
    for kept, original in ((cid, "photos"), (added[0], "more")):
        copy = folder / f"kept {original}"
        first.bitswap("get", kept, "--offline", "-o", str(copy), seconds=SECONDS)
        compare(folder / original, copy)
    try:
        first.bitswap("get", unpinned, "--offline", "-o", str(folder / "freed"))
    except Failure:
        pass
    else:
        raise Failure("what was not pinned is still there")
    steps.done(f"bitswap gc, {rounds + 1} times beside an add: {freed} blocks freed, and no others")


class Collector(Commands):
    """Commands to a node that has others under way, with files of its own for what is printed."""

    def __init__(self, node: Daemon):
        super().__init__(node.program[-1], node.folder / "collector")
        self.data = node.data

    def collect(self) -> int:
        """Returns how many blocks were freed."""
        return json.loads(self.bitswap("gc", "--json", seconds=SECONDS))["freed_blocks"]


def add_with_bar(node: Daemon, path: Path) -> tuple[str, list[str]]:
    """Adds what is there and returns its CID, and what a terminal shows meanwhile."""
    command = [*node.program, "add", "--json", *LAYOUT.options(), str(path)]
    screen, terminal = os.openpty()
    env = environment(node.folder, TERM="xterm", COLUMNS="100", **node.env())
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=terminal, env=env,
        preexec_fn=die_with_parent,
    ) as child:
        os.close(terminal)
        shown = b""
        try:
            while read := os.read(screen, 1 << 16):
                shown += read
        except OSError:
            pass  # The terminal is gone with its last user.
        os.close(screen)
        printed = child.stdout.read().decode()
    expect(child.returncode == 0, f"add ended with {child.returncode}:\n{shown.decode()}")
    told = json.loads(printed.splitlines()[-1])
    expect(told["files"] == FILES, f"add tells of {told}")
    frames = re.findall(rb"importing photos[^\r\n\x1b]*|importing [^\r\n\x1b]*files[^\r\n\x1b]*", shown)
    expect(len(frames) > 3, f"no bar was seen:\n{shown.decode(errors='replace')[-500:]}")
    return told["cid"], [frame.decode(errors="replace").strip() for frame in frames]


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Failure(otherwise)


def parse_options() -> argparse.Namespace:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent / "target")
    parser = argparse.ArgumentParser(
        description="A folder of 20,000 files, added, carried away, fetched, and kept.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("--kubo", type=Path, default=HERE / "kubo/bin/ipfs", help="Kubo's program")
    option("--bitswap", type=Path, default=target / "release/bitswap", help="our program")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
