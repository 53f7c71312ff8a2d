"""The table: medians over the rounds, and how they compare in the same round."""

from __future__ import annotations

from statistics import median

from cases import LINKS, WORKLOADS
from measure import Measure, Unfinished
from picture import Bar
from systems import BASE, KUBO_BASE, SYSTEMS

Case = tuple[str, str, str]
Rounds = list["Measure | Unfinished | None"]


def tell(measures: dict[Case, Rounds]) -> None:
    print(
        f"{'link':<9}{'workload':<9}{'system':<16}{'seconds':>9}{'speed ÷ raw':>21}"
        f"{'time ÷ Kubo':>21}"
        f"{'CPU ÷ raw':>10}{'received':>9}{'p50 µs':>9}{'p99 µs':>9}{'client':>8}{'server':>8}"
        f"{'peak':>8}{'rest':>8}"
    )
    for (link, load, name), each in measures.items():
        head = f"{link:<9}{load:<9}{name:<16}"
        unfinished = [measure for measure in each if isinstance(measure, Unfinished)]
        good = finished(each)
        if unfinished:
            print(f"{head}{'unfinished':>9}: {unfinished[-1]}")
        elif not good:
            print(f"{head}{'failed':>9}")
        if not good:
            continue
        pairs = beside(measures, (link, load, BASE), each)
        used = [(ours.cpu_seconds, raw.cpu_seconds) for ours, raw in pairs]
        cpu = [ours / raw for ours, raw in used if ours and raw]
        by_kubo = beside(measures, (link, load, KUBO_BASE), each)
        print(
            f"{head}{median(m.seconds for m in good):>9.3f}"
            f"{spread([raw.seconds / ours.seconds for ours, raw in pairs]):>21}"
            f"{spread([ours.seconds / kubo.seconds for ours, kubo in by_kubo]):>21}"
            f"{f'{median(cpu):.2f}' if cpu else '-':>10}"
            f"{middle([m.received_by_useful for m in good], '.3f'):>9}"
            f"{middle([m.p50_us for m in good], '.0f'):>9}"
            f"{middle([m.p99_us for m in good], '.0f'):>9}"
            f"{mib([m.client_bytes for m in good]):>8}{mib([m.server_bytes for m in good]):>8}"
            f"{mib([m.client_peak_bytes for m in good]):>8}"
            f"{mib([m.client_rest_bytes for m in good]):>8}"
        )


def bars(measures: dict[Case, Rounds]) -> dict[str, list[Bar]]:
    cases: dict[str, list[Bar]] = {}
    for (link, load, name), each in sorted(measures.items(), key=lambda item: order(item[0])):
        pairs = beside(measures, (link, load, BASE), each)
        if pairs:
            ratios = [raw.seconds / ours.seconds for ours, raw in pairs]
            seconds = median(measure.seconds for measure in finished(each))
            cases.setdefault(f"{load}, {link}", []).append(Bar(name, ratios, seconds))
    return cases


def beside(measures: dict[Case, Rounds], base: Case, each: Rounds) -> list[tuple[Measure, Measure]]:
    """What was measured in the same round as `base`, with that."""
    return [
        (ours, other)
        for ours, other in zip(each, measures.get(base, []))
        if isinstance(ours, Measure) and isinstance(other, Measure)
    ]


def finished(each: Rounds) -> list[Measure]:
    return [measure for measure in each if isinstance(measure, Measure)]


def order(case: Case) -> tuple[int, int, int]:
    link, load, name = case
    return list(LINKS).index(link), list(WORKLOADS).index(load), [*SYSTEMS].index(name)


def spread(ratios: list[float]) -> str:
    if not ratios:
        return "-"
    return f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def middle(values: list[float | None], form: str) -> str:
    known = [value for value in values if value is not None]
    return format(median(known), form) if known else "-"


def mib(values: list[int | None]) -> str:
    return middle([value and value / 2**20 for value in values], ".0f")
