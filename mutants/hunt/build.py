"""The scratch copy of the tracked tree with all mutants in it, and the programs built from it."""

from __future__ import annotations

import json
import os
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
# The crates that have mutants, and their tests, the quickest first.
TESTS = {
    CORE: ("--lib", "--test", "it", "--test", "bombs"),
    "bitswap-strategies": ("--lib", "--test", "it"),
    "bitswap-store": ("--lib",),
}
# These programs run for seconds, so that building them takes most of the time.
PROFILE = (
    "profile.release.debug=false",
    'profile.release.package."*".opt-level=1',
    "profile.release.package.bitswap-core.codegen-units=16",
    "profile.release.package.bitswap-sim.codegen-units=16",
    "profile.release.package.bitswap-strategies.codegen-units=16",
)


@dataclass(frozen=True)
class Programs:
    """What the mutants are run with."""

    tests: dict[str, list[Path]]
    simulator: Path

    def tests_of(self, row: Row) -> list[Path]:
        """The tests of the crates that a mutant is in."""
        crates = {edit.file.split("/", 1)[0] for edit in row.edits}
        return [test for crate, tests in self.tests.items() if crate in crates for test in tests]


def copy(root: Path, scratch: Path, rows: list[Row]) -> None:
    """Makes `scratch` the tree at `root` with all `rows` in it; what stays the same is not written
    again, so that it is not built again."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    paths = [path for path in listed.split("\0") if path and (root / path).is_file()]
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
    edits = [(row.number, row.id, edit) for row in rows for edit in row.edits if edit.file == path]
    if not edits and path != LIBRARY:
        return before
    switch = SWITCH if path == LIBRARY else ""
    name = "crate::mutant" if path.startswith(f"{CORE}/src/") else "bitswap_core::mutant"
    return (plant(before.decode(), edits, name) + switch).encode()


def build(scratch: Path, target: Path) -> Programs:
    """Builds the tests and the simulator."""
    tests = {crate: tests_of(scratch, target, crate, names) for crate, names in TESTS.items()}
    (simulator,) = cargo(scratch, target, ["build", "-p", "bitswap-sim", "--bins"])
    return Programs(tests, simulator)


def tests_of(scratch: Path, target: Path, crate: str, names: tuple[str, ...]) -> list[Path]:
    """The test programs of a crate, in the order of `names`."""
    made = cargo(scratch, target, ["test", "--no-run", "-p", crate, *names])
    order = [crate.replace("-", "_"), *(name for name in names if not name.startswith("--"))]
    return sorted(made, key=lambda path: order.index(path.name.rsplit("-", 1)[0]))


def cargo(scratch: Path, target: Path, command: list[str]) -> list[Path]:
    """The programs that a build comes to."""
    profile = [word for setting in PROFILE for word in ("--config", setting)]
    # Mutants leave names unused and code unreached.
    env = {**os.environ, "CARGO_TARGET_DIR": str(target), "RUSTFLAGS": "--cap-lints=allow"}
    told = subprocess.run(
        ["cargo", *command, "--release", "--locked", "--message-format=json", *profile],
        cwd=scratch,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    messages = [json.loads(line) for line in told.stdout.splitlines()]
    if told.returncode != 0:
        errors = [message["message"]["rendered"] for message in messages if "message" in message]
        raise SystemExit("".join(errors) + "a mutant does not compile: see its row")
    made = [Path(message["executable"]) for message in messages if message.get("executable")]
    return list(dict.fromkeys(made))
