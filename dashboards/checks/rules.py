"""The rules by promtool, and whether each alert has a section that says what to do."""

import re
import subprocess
from pathlib import Path


def alerts(rules: Path) -> list[str]:
    return re.findall(r"^\s*- alert: (\w+)$", rules.read_text(), re.MULTILINE)


def faults(folder: Path, runbook: Path) -> list[str]:
    rules, test = folder / "bitswap.rules.yml", folder / "bitswap.test.yml"
    found = promtool("check", "rules", str(rules)) + promtool("test", "rules", str(test))
    text, tests = runbook.read_text(), test.read_text()
    rules_text = rules.read_text()
    for alert in alerts(rules):
        section = re.search(rf"^### {alert}\n(.*?)(?=^###? |\Z)", text, re.MULTILINE | re.DOTALL)
        if not section:
            found.append(f"{alert} has no section in {runbook.name}")
            continue
        for part in ("**Means.**", "**See.**", "**Do.**"):
            if part not in section[1]:
                found.append(f"{alert} has no {part} in {runbook.name}")
        if f"docs/operations.md#{alert.lower()}" not in rules_text:
            found.append(f"{alert} does not lead to its section in {runbook.name}")
        if f'alertname="{alert}"' not in tests:
            found.append(f"no test has {alert} fire")
    for section in re.findall(r"^### (Bitswap\w+)$", text, re.MULTILINE):
        if section not in alerts(rules):
            found.append(f"{runbook.name} has a section on {section}, and there is no such alert")
    return found


def promtool(*arguments: str) -> list[str]:
    ran = subprocess.run(["promtool", *arguments], capture_output=True, text=True)
    return [] if ran.returncode == 0 else (ran.stdout + ran.stderr).strip().splitlines()


def metrics_text(scrape: str) -> list[str]:
    """What promtool says of names, helps and units of a scrape."""
    ran = subprocess.run(
        ["promtool", "check", "metrics"], input=scrape, capture_output=True, text=True
    )
    return (ran.stdout + ran.stderr).strip().splitlines()
