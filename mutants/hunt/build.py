"""The scratch copy of the tracked tree with all mutants in it, and the programs built from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .anchor import Place
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
# Crates whose library is left empty unless a row is run that is in one of these. They stay in the
# workspace, so that the dependencies have the features with which `cargo test` built them.
OFTEN_EMPTY = {
    "bitswap-net": set(NAMED),
    "bitswap-host": {"bitswap-host", "bitswap-service"},
    "bitswap-service": {"bitswap-service"},
    "bitswap-trim": {"bitswap-service"},
    "bitswap-api": set(),
    "bitswap-node": set(),
    "bitswap-store-s3": set(),
    "fuzz": set(),
}
# Mutants leave names unused and code unreached. (Flags for rustc would build all dependencies
# again, which are those of `cargo test`.)
DENIED = ('= "deny"', '= "allow"')


@dataclass(frozen=True)
class Programs:
    """What the mutants are run with."""

    tests: dict[str, list[Path]]
    simulator: Path

    def tests_of(self, row: Row) -> list[Path]:
        """The tests of the crates that a mutant is in."""
        return [it for crate, its in self.tests.items() if crate in row.crates() for it in its]

    def all_tests(self) -> list[Path]:
        """The tests that are run as a whole."""
        return [it for crate, its in self.tests.items() if crate in TESTS for it in its]


def copy(root: Path, scratch: Path, places: dict[str, list[Place]], rows: list[Row]) -> None:
    """Makes `scratch` the tree at `root` with the mutants of all `places` in it, as far as `rows`
    need it; what stays the same is not written again, so that it is not built again."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    crates = set().union(*(row.crates() for row in rows))
    empty = [crate for crate, needs_it in OFTEN_EMPTY.items() if not crates & needs_it]
    # The simulator's program is built only if it has a test, but that need not test anything.
    blank = {f"{SIMULATOR}/tests/it/main.rs", *(f"{crate}/src/lib.rs" for crate in empty)}
    left_out = tuple(f"{crate}/tests/" for crate in (*NAMED, *empty))
    kept = (path for path in listed.split("\0") if not path.startswith(left_out))
    paths = {path for path in kept if (root / path).is_file()}
    for old in scratch.rglob("*"):
        if old.is_file() and str(old.relative_to(scratch)) not in paths:
            old.unlink()
    for path in paths:
        before, target = (root / path).read_bytes(), scratch / path
        after = b"" if path in blank else mutated(path, before, places.get(path, []))
        if not target.is_file() or target.read_bytes() != after:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(after)


def mutated(path: str, before: bytes, places: list[Place]) -> bytes:
    if path == "Cargo.toml":
        return before.decode().replace(*DENIED).encode()
    if not places and path != LIBRARY:
        return before
    switch = SWITCH if path == LIBRARY else ""
    name = "crate::mutant" if path.startswith(f"{CORE}/src/") else "bitswap_core::mutant"
    return (plant(before.decode(), places, name) + switch).encode()


def build(scratch: Path, target: Path) -> Programs:
    """Builds the tests and the simulator, in the profile of tests."""
    named = ("--lib", "--test", "it", "--test", "bombs")
    made = cargo(scratch, target, ["test", "--workspace", "--no-run", *named])
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
    made = {}
    for message in messages:
        if program := message.get("executable"):
            crate = Path(message["manifest_path"]).parent.name
            made[crate, message["target"]["name"]] = Path(program)
    return made
