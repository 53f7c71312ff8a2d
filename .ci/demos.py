#!/usr/bin/env python3
"""Runs the demo with each strategy of the catalog and each example script: what arrives is identical.

usage: .ci/demos.py PROGRAM
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples" / "scripts"
# Some 250 blocks, as many as a large file has, in a hundredth of the bytes.
SENT = ROOT / "bitswap-core"
# They ask only a router for providers, or nobody, and the demo has no router.
FIND_NOBODY = {"provider_finder=never": "not-found", "provider_finder=routing-only": "timed-out"}
SECONDS = 120
AT_ONCE = 4


def main() -> int:
    program = sys.argv[1]
    choices = [("--strategy", choice) for choice in catalog(program)]
    choices += [("--script", choice) for choice in scripts()]
    # They mostly wait, for a search or for one another.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        right = pool.map(lambda choice: is_right(program, choice), choices)
        wrong = [choice for choice, is_it in zip(choices, right) if not is_it]
    print(f"{len(choices)} choices, {len(wrong)} wrong")
    return 1 if wrong or not choices else 0


def catalog(program: str) -> list[str]:
    """Each entry as `ROLE=NAME`."""
    listed = subprocess.run(
        [program, "strategy", "list", "--json"], check=True, capture_output=True, text=True
    )
    entries = [json.loads(line) for line in listed.stdout.splitlines()]
    return [f"{entry['role']}={entry['name']}" for entry in entries if entry["kind"] == "native"]


def scripts() -> list[str]:
    """Each script as `ROLE=FILE`; its first line begins with its role."""
    files = sorted(EXAMPLES.glob("*.rhai"))
    first_lines = [(file.read_text().split("\n", 1)[0], file) for file in files]
    return [f"{line.removeprefix('// ').split(':')[0]}={file}" for line, file in first_lines]


def is_right(program: str, choice: tuple[str, str]) -> bool:
    """Whether the demo fetches the same with it, or else finds nothing where it looks nowhere."""
    demo = [program, "demo", SENT, "--servers", "3", *choice, "--json"]
    try:
        ran = subprocess.run(demo, capture_output=True, text=True, timeout=SECONDS)
        result = json.loads((ran.stdout.splitlines() or ["{}"])[-1])
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        print(f"{choice[1]}: {error}")
        return False
    said = "identical" if result.get("identical") else result.get("error", {}).get("code", "nothing")
    print(f"{choice[1]}: {said} in {result.get('seconds', 0):.2f} s", flush=True)
    return said == FIND_NOBODY.get(choice[1], "identical")


if __name__ == "__main__":
    sys.exit(main())
