"""The scratch copy of the tracked tree with all mutants in it, and the programs built from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .plant import plant
from .rows import Row

# Read once: which mutant a process is. 0 is none.
SWITCH = """
/// Whether this process is mutant number `n`.
pub fn mutant(n: u32) -> bool {
    static CHOSEN: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| {
        std::env::var("MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
    });
    *CHOSEN == n
}
"""
CORE = "bitswap-core"
LIBRARY = f"{CORE}/src/lib.rs"
SIMULATOR = "bitswap-sim"
# The crates that have mutants, and their tests, the quickest first.
TESTS = {
    CORE: ("bitswap_core", "it", "bombs"),
    "bitswap-strategies": ("bitswap_strategies", "it"),
    "bitswap-store": ("bitswap_store", "it"),
    "bitswap-unixfs": ("bitswap_unixfs",),
}
# The crates whose rows name the test that sees them, and their tests.
NAMED = {
    "bitswap-net": ("bitswap_net",),
    "bitswap-host": ("bitswap_host",),
    "bitswap-service": ("bitswap_service",),
}
# Tests that no mutant is run with, which would be built all the same.
LEFT_OUT = ("bitswap-net/tests/", "bitswap-node/tests/", "bitswap-store-s3/tests/")
# Mutants leave names unused and code unreached. (Flags for rustc would build all dependencies again,
# which are those of `cargo test`.)
DENIED = ('= "deny"', '= "allow"')


@dataclass(frozen=True)
class Programs:
    """What the mutants are run with."""

    tests: dict[str, list[Path]]
    simulator: Path

    def tests_of(self, row: Row) -> list[Path]:
        """The tests of the crates that a mutant is in."""
        crates = {edit.file.split("/", 1)[0] for edit in row.edits}
        return [test for crate, tests in self.tests.items() if crate in crates for test in tests]

    def all_tests(self) -> list[Path]:
        """The tests that are run as a whole."""
        return [test for crate in TESTS for test in self.tests[crate]]


def copy(root: Path, scratch: Path, rows: list[Row]) -> None:
    """Makes `scratch` the tree at `root` with all `rows` in it; what stays the same is not written
    again, so that it is not built again."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    kept = (path for path in listed.split("\0") if path and not path.startswith(LEFT_OUT))
    paths = [path for path in kept if (root / path).is_file()]
    for old in scratch.rglob("*"):
        if old.is_file() and str(old.relative_to(scratch)) not in paths:
            old.unlink()
    for path in paths:
        before, target = (root / path).read_bytes(), scratch / path
        after = mutated(path, before, rows)
        if not target.is_file() or target.read_bytes() != after:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(after)


def mutated(path: str, before: bytes, rows: list[Row]) -> bytes:
    if path == "Cargo.toml":
        return before.decode().replace(*DENIED).encode()
    edits = [(row.number, row.id, edit) for row in rows for edit in row.edits if edit.file == path]
    if not edits and path != LIBRARY:
        return before
    switch = SWITCH if path == LIBRARY else ""
    name = "crate::mutant" if path.startswith(f"{CORE}/src/") else "bitswap_core::mutant"
    return (plant(before.decode(), edits, name) + switch).encode()


def build(scratch: Path, target: Path) -> Programs:
    """Builds the tests and the simulator, in the profile of tests. The whole workspace is named, so
    that the dependencies have the features with which `cargo test --workspace` built them."""
    names = [word for name in ("it", "bombs") for word in ("--test", name)]
    made = cargo(scratch, target, ["test", "--workspace", "--no-run", "--lib", *names])
    every = {**TESTS, **NAMED}
    tests = {crate: [made[crate, name] for name in names] for crate, names in every.items()}
    # Its own name is that of the sound one, which `cargo run` would take it for.
    simulator = scratch.parent / SIMULATOR
    shutil.copy(made[SIMULATOR, SIMULATOR], simulator)
    return Programs(tests, simulator)


def cargo(scratch: Path, target: Path, command: list[str]) -> dict[tuple[str, str], Path]:
    """The programs that a build comes to, by crate and name."""
    told = subprocess.run(
        ["cargo", *command, "--locked", "--message-format=json"],
        cwd=scratch,
        env={**os.environ, "CARGO_TARGET_DIR": str(target)},
        stdout=subprocess.PIPE,
        text=True,
    )
    messages = [json.loads(line) for line in told.stdout.splitlines()]
    if told.returncode != 0:
        said = [message["message"] for message in messages if "message" in message]
        errors = [message["rendered"] for message in said if message["level"] == "error"]
        raise SystemExit("".join(errors) + "a mutant does not compile: see its row")
    programs = [message for message in messages if message.get("executable")]
    return {crate_and_name(message): Path(message["executable"]) for message in programs}


def crate_and_name(message: dict) -> tuple[str, str]:
    return Path(message["manifest_path"]).parent.name, message["target"]["name"]
