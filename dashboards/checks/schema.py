"""The boards against Grafana's own types, by the TypeScript compiler."""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "schema"

# Literal texts stand for members of Grafana's enums, as they do in JSON.
HEAD = """\
import type { Dashboard } from '@grafana/schema';

type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

// What the Prometheus data source adds to annotations, and the editor to queries of variables.
type Annotation = {
  expr: string; step: string; titleFormat: string; textFormat: string; useValueForTime: boolean;
};
type Added = {
  annotations: { list: Annotation[] };
  templating: { list: { definition?: string }[] };
};

export const board: Plain<Dashboard> & Added = """


def install() -> None:
    """What package-lock.json names; nothing if it is here."""
    lock, mark = HERE / "package-lock.json", HERE / "node_modules" / "installed"
    if mark.exists() and mark.read_bytes() == lock.read_bytes():
        return
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=HERE, check=True)
    shutil.copy(lock, mark)


def faults(all_boards: list[dict], scratch: Path) -> list[str]:
    install()
    modules = scratch / "node_modules"
    modules.symlink_to(HERE / "node_modules")
    files = []
    for board in all_boards:
        file = scratch / f"{board['uid']}.ts"
        file.write_text(HEAD + json.dumps(board, indent=1) + ";\n")
        files.append(file.name)
    options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "esnext"]
    options += ["--moduleResolution", "bundler", "--target", "es2022"]
    command = [str(HERE / "node_modules" / ".bin" / "tsc"), *options, *files]
    ran = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
    if ran.returncode == 0:
        return []
    return ran.stdout.splitlines() or [ran.stderr]
