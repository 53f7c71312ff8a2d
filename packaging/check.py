#!/usr/bin/env python3
"""Checks what is in packaging/: the unit by systemd, Prometheus' configuration by promtool, the rest here.

usage: packaging/check.py

Needs Debian's systemd, prometheus and python3-yaml. Containers are not built: that takes Docker and
its registry (docker compose --file packaging/container/compose.yml build).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
CONTAINER = HERE / "container"
UNIT = HERE / "systemd/bitswap.service"
# Of systemd's scale from 0 (closed) to 10 (open).
MOST_EXPOSURE = 2.0
# A whole version of three numbers, or a dated tag.
PINNED = re.compile(r":v?\d+\.\d+\.\d+|-\d{8}\b")


def main() -> int:
    wrong = 0
    for check in (unit, exposure, dockerfile, compose, prometheus, grafana):
        faults = check()
        wrong += len(faults)
        print(f"{check.__name__}: {'ok' if not faults else f'{len(faults)} faults'}")
        for fault in faults:
            print(f"  {fault}")
    return int(wrong > 0)


def said(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def unit() -> list[str]:
    """Every line is one that systemd knows; the program is not installed here."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / UNIT.name
        program = shutil.which("true")
        text = UNIT.read_text().replace("/usr/local/bin/bitswap", program or "/bin/true")
        copy.write_text(text.replace("Documentation=man:bitswap(1)\n", ""))
        _, output = said("systemd-analyze", "verify", "--man=no", copy)
    return [line for line in output.splitlines() if UNIT.name in line]


def exposure() -> list[str]:
    _, output = said("systemd-analyze", "security", "--offline=true", "--no-pager", UNIT)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", output)
    if not found:
        return ["systemd-analyze security says no level"]
    level = float(found[1])
    return [f"exposed by {level}, at most {MOST_EXPOSURE}"] if level > MOST_EXPOSURE else []


def dockerfile() -> list[str]:
    lines = (CONTAINER / "Dockerfile").read_text().splitlines()
    faults = [
        f"not pinned: {line}"
        for line in lines
        if line.startswith("FROM") and not PINNED.search(line)
    ]
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    if not users or users[-1] in ("0", "root"):
        faults.append("it runs as root")
    for word in ("HEALTHCHECK", "VOLUME", "ENTRYPOINT"):
        if not any(line.startswith(word) for line in lines):
            faults.append(f"it has no {word}")
    return faults


def compose() -> list[str]:
    services = yaml.safe_load((CONTAINER / "compose.yml").read_text())["services"]
    faults = []
    for name, service in services.items():
        image = service.get("image")
        if image and not PINNED.search(image):
            faults.append(f"{name}: not pinned: {image}")
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith(".") and not (CONTAINER / source).exists():
                faults.append(f"{name}: there is no {source}")
        for port in service.get("ports", []):
            if not port.startswith(("127.0.0.1:", "4011:")):
                faults.append(f"{name}: everybody reaches {port}")
    build = services["node"]["build"]
    if not (CONTAINER / build["context"] / build["dockerfile"]).is_file():
        faults.append("node: there is no such Dockerfile")
    return faults


def prometheus() -> list[str]:
    """As in the container, where the rules are beside it."""
    with tempfile.TemporaryDirectory() as scratch:
        for file in (CONTAINER / "prometheus.yml", HERE.parent / "dashboards/rules/bitswap.rules.yml"):
            shutil.copy(file, scratch)
        code, output = said("promtool", "check", "config", Path(scratch) / "prometheus.yml")
    return output.splitlines() if code else []


def grafana() -> list[str]:
    sources = yaml.safe_load((CONTAINER / "grafana/datasources.yml").read_text())
    boards = yaml.safe_load((CONTAINER / "grafana/boards.yml").read_text())
    services = yaml.safe_load((CONTAINER / "compose.yml").read_text())["services"]
    path = boards["providers"][0]["options"]["path"]
    faults = []
    if sources["datasources"][0]["type"] != "prometheus":
        faults.append("the boards read from Prometheus")
    if not any(f":{path}:" in mount for mount in services["grafana"]["volumes"]):
        faults.append(f"nothing is mounted at {path}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
