#!/usr/bin/env python3
"""Writes the boards in grafana/ from the tables in boards/.

With --check, it only says whether they are current.

usage: dashboards/generate.py [--check]
"""

import json
import sys
from pathlib import Path

from boards import ALL

FOLDER = Path(__file__).resolve().parent / "grafana"


def main() -> int:
    files = written()
    if "--check" in sys.argv[1:]:
        return check(files)
    FOLDER.mkdir(exist_ok=True)
    for file in set(FOLDER.glob("*.json")) - set(files):
        file.unlink()
    for file, text in files.items():
        file.write_text(text)
    print(f"{len(files)} boards in {FOLDER}")
    return 0


def written() -> dict[Path, str]:
    """Each file with what is to be in it."""
    return {FOLDER / f"{board['uid']}.json": json.dumps(board, indent=2) + "\n" for board in ALL}


def check(files: dict[Path, str]) -> int:
    present = {file: file.read_text() for file in FOLDER.glob("*.json")}
    stale = sorted(
        file.name for file in set(files) | set(present) if files.get(file) != present.get(file)
    )
    for name in stale:
        print(f"grafana/{name} is not what boards/ says; to renew it: dashboards/generate.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
