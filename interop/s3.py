#!/usr/bin/env python3
"""Two nodes on one store in a bucket of S3: each has what the other adds, and one is killed in the middle.

    cargo build --release --features s3
    cargo test --manifest-path interop/s3-server/Cargo.toml
    interop/s3.py

Each step prints its seconds; the last line is `N passed, N failed`. Python 3.10 or later, standard
library only.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Iterator

sys.dont_write_bytecode = True

from files import Steps, expect
from suite.bitswap import Commands, Daemon, daemon
from suite.child import Failure, Service, die_with_parent, environment
from suite.content import KIB, compare, make_photos
from suite.node import Layout

HERE = Path(__file__).resolve().parent
READY_SECONDS = 20
LAYOUT = Layout(cid_version=1, raw_leaves=True, chunk=256 * KIB)
FILES = 2_000
# Of the one that is killed, so many objects are to be there by then.
BEFORE_THE_KILL = 500
ACCESS, SECRET = "somebody", "of whom nobody knows"


class Shared(Daemon):
    """A daemon with its blocks in the bucket."""

    settings: dict[str, str] = {}

    def env(self) -> dict[str, str]:
        return {**super().env(), **self.settings}


def main() -> int:
    options = parse_options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    steps = Steps()
    with TemporaryDirectory(prefix="bitswap-s3-") as root:
        folder = Path(root)
        try:
            with server(options.server, folder / "server") as url:
                run(options, folder, url, steps)
        except Failure as failure:
            steps.failed(failure)
    print(f"{steps.passed} passed, {steps.failures} failed", flush=True)
    return 1 if steps.failures else 0


@contextmanager
def server(program: Path, folder: Path) -> Iterator[str]:
    """The URL of a server of S3, with a bucket in it."""
    (folder / "buckets/bucket").mkdir(parents=True)
    command = [program, folder / "buckets", ACCESS, SECRET]
    with Service(command, folder) as service:
        yield service.wait_for("URL", READY_SECONDS, lambda: next(iter(service.lines()), None))


def settings(url: str, secret: str = SECRET) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ACCESS,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": "nowhere-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
        "BITSWAP__STORE__KIND": "s3",
        "BITSWAP__STORE__URL": "s3://bucket/blocks",
    }


def run(options: argparse.Namespace, folder: Path, url: str, steps: Steps) -> None:
    for name in ("first", "second", "third"):
        make_photos(folder / name, FILES, name)
    node = type("Shared", (Shared,), {"settings": settings(url)})
    objects = folder / "server/buckets/bucket/blocks"
    steps.done("the server answers")
    refuse(options, folder, url, steps)

    with daemon(options.bitswap, folder / "one", node=node) as one:
        with daemon(options.bitswap, folder / "other", node=node) as other:
            steps.done("two daemons are ready")
            cid = add(one, folder / "first")
            steps.done(f"one adds {FILES} files")
            get(other, cid, folder, "first")
            steps.done("the other has them: identical")

            killed, cid = add_until_killed(one, folder / "second", objects), add(other, folder / "third")
            steps.done(f"one is killed in an add, {killed} objects on; the other adds on")
            get(other, cid, folder, "third")
            expect_refused(other, "gc")
            steps.done("the other has its own: identical; and it refuses to collect")

        with daemon(options.bitswap, folder / "one", node=again(node)) as one:
            cid = add(one, folder / "second")
            steps.done("one is back, and adds again what it was adding")
            get(one, cid, folder, "second")
            steps.done("it has it: identical")
            expect(whole(objects), "an object is there in part")


def again(node: type[Shared]) -> type[Shared]:
    """A daemon in a folder that is there."""

    def there(self: Shared, binary: Path, folder: Path, inside: tuple = ()) -> None:
        self.program, self.folder, self.data = [*inside, binary], folder, folder / "data"

    return type("Again", (node,), {"__init__": there})


def refuse(options: argparse.Namespace, folder: Path, url: str, steps: Steps) -> None:
    """Who has no leave hears so at once, and reads no secret."""
    stranger = Commands(options.bitswap, folder / "stranger")
    env = environment(folder, **stranger.env(), **settings(url, "a guess"))
    told = subprocess.run(
        [options.bitswap, "add", folder / "first"], env=env, capture_output=True, text=True, timeout=60
    )
    expect(told.returncode == 4 and "s3://bucket/blocks" in told.stderr, f"{told}")
    expect("a guess" not in told.stderr and SECRET not in told.stderr, f"{told}")
    steps.done("a wrong secret is refused: " + told.stderr.splitlines()[0])


def add(node: Commands, path: Path) -> str:
    return node.bitswap("add", "--quiet", *LAYOUT.options(), str(path)).strip()


def get(node: Commands, cid: str, folder: Path, name: str) -> None:
    """From the store alone."""
    copy = node.folder / f"copy of {name}"
    node.bitswap("get", cid, "--offline", "-o", str(copy))
    compare(folder / name, copy)


def add_until_killed(node: Daemon, path: Path, objects: Path) -> int:
    """Begins an add, and kills the daemon in the middle of it. Returns how many objects came."""
    before = count(objects)
    command = [*node.program, "add", "--quiet", *LAYOUT.options(), str(path)]
    env = environment(node.folder, **node.env())
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
    ) as adding:
        deadline = time.monotonic() + READY_SECONDS
        while (came := count(objects) - before) < BEFORE_THE_KILL:
            expect(adding.poll() is None, f"the add ended after {came} objects")
            expect(time.monotonic() < deadline, f"{came} objects in {READY_SECONDS} s")
            time.sleep(0.02)
        node.service.process.kill()
        node.service.process.wait()
        expect(adding.wait(READY_SECONDS) != 0, "an add whose daemon was killed says that it is done")
    return came


def expect_refused(node: Commands, verb: str) -> None:
    try:
        node.bitswap(verb, "--yes")
    except Failure as failure:
        expect("shared" in str(failure) or "others share" in str(failure), str(failure))
    else:
        raise Failure(f"{verb} is not refused")


def count(objects: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(objects))


def whole(objects: Path) -> bool:
    """Whether all objects are as their server notes that they are: none is half."""
    sizes = [path.stat().st_size for path in objects.rglob("b*") if path.is_file()]
    return len(sizes) > 3 * FILES and all(sizes)


def parse_options() -> argparse.Namespace:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent / "target")
    parser = argparse.ArgumentParser(
        description="Two nodes on one store in a bucket of S3.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    option = parser.add_argument
    option("--bitswap", type=Path, default=target / "release/bitswap", help="our program, with s3")
    option("--server", type=Path, default=target / "debug/s3-server", help="of S3")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
