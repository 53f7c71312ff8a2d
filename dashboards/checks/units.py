"""Numbers as Grafana shows them, in the units that the boards use."""

import math

BYTES = ["B", "KiB", "MiB", "GiB", "TiB"]
SECONDS = [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]
THOUSANDS = [(1e9, "Bil"), (1e6, "Mil"), (1e3, "K")]


def shown(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "–"
    if unit in ("bytes", "Bps"):
        return of_bytes(value) + ("/s" if unit == "Bps" else "")
    if unit == "s":
        return of_seconds(value)
    if unit == "µs":
        return of_seconds(value * 1e-6)
    if unit == "percentunit":
        return f"{number(value * 100)} %"
    return number(value) + {"ops": " ops/s"}.get(unit, "")


def of_bytes(value: float) -> str:
    power = min(int(math.log(max(abs(value), 1), 1024)), len(BYTES) - 1)
    return f"{number(value / 1024 ** power)} {BYTES[power]}"


def of_seconds(value: float) -> str:
    for factor, name in SECONDS:
        if abs(value) >= factor:
            return f"{number(value / factor)} {name}"
    return "0 s" if not value else f"{value:.1e} s"


def number(value: float) -> str:
    for factor, name in THOUSANDS:
        if abs(value) >= factor:
            return f"{value / factor:.3g} {name}"
    return f"{value:.3g}"
