"""Which rows a gate runs: those of what changed, and some others, drawn by the commit."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

from .anchor import Place
from .rows import Row

# Twenty landings back (merges count once): more than one change, and in reach of a clone that has
# no other branch. Where history does not go so far, all rows are run.
BASE = "HEAD~20"
DRAWN = 40


def draw(root: Path, rows: list[Row], places: dict[str, list[Place]], base: str) -> list[Row]:
    try:
        files = git(root, "diff", "--name-only", base).splitlines()
        new = re.findall(r'^\+id = "(.*)"$', git(root, "diff", "-U0", base, "--", "mutants"), re.M)
        commit = git(root, "rev-parse", "HEAD")
    except subprocess.CalledProcessError:
        return rows
    changed = {place.row.id for path in files for place in places.get(path, [])} | set(new)
    order = {row.id: hashlib.sha256(f"{commit}{row.id}".encode()).digest() for row in rows}
    others = sorted((row.id for row in rows if row.id not in changed), key=order.get)
    print(f"{len(changed)} rows of what changed since {base}, and {DRAWN} others by {commit[:12]}")
    return [row for row in rows if row.id in changed or row.id in others[:DRAWN]]


def git(root: Path, *command: str) -> str:
    return subprocess.run(
        ["git", *command], cwd=root, check=True, capture_output=True, text=True
    ).stdout
