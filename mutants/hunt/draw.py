"""Which rows a gate runs: those of what changed, and some others, drawn by the commit."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

from .anchor import Place
from .build import NAMED
from .rows import Row

# Twenty landings back (merges count once): more than one change, and in reach of a clone that has
# no other branch. Where history does not go so far, all rows are run.
BASE = "HEAD~20"
DRAWN = 40
# The crates that take long to build have all of their rows drawn together, by one commit of so
# many: each row is drawn as often as any other.
SELDOM = 8


def draw(root: Path, rows: list[Row], places: dict[str, list[Place]], base: str) -> list[Row]:
    """Those of files that changed since `base`, new ones, and others: the same for one commit."""
    try:
        files = git(root, "diff", "--name-only", base).splitlines()
        new = re.findall(r'^\+id = "(.*)"$', git(root, "diff", "-U0", base, "--", "mutants"), re.M)
        commit = git(root, "rev-parse", "HEAD")
    except subprocess.CalledProcessError:
        print(f"all rows are run, as {base} is not known here")
        return rows
    changed = {place.row.id for path in files for place in places.get(path, [])} | set(new)
    slow = {row.id for row in rows if row.crates() & set(NAMED)}
    others = sorted({row.id for row in rows} - changed - slow, key=lambda id: digest(commit, id))
    drawn = {*others[:DRAWN], *(slow if digest(commit, "")[0] % SELDOM == 0 else ())} - changed
    print(f"{len(changed)} rows of what changed since {base}, {len(drawn)} drawn by {commit[:12]}")
    return [row for row in rows if row.id in changed | drawn]


def digest(commit: str, id: str) -> bytes:
    return hashlib.sha256(f"{commit}{id}".encode()).digest()


def git(root: Path, *command: str) -> str:
    return subprocess.run(
        ["git", *command], cwd=root, check=True, capture_output=True, text=True
    ).stdout
