"""Simulator: which strategy is better, by how much, and what did its runs look like?

Runs begin at 2000-01-01 (`bitswap_sim::open_metrics`), so the clock shows how long they lasted. What
a run came to stands at its first second; it is looked for in all that is shown.
"""

from .panel import SOURCE, board, series, stat, table, variable

CHOSEN = 'scenario=~"$scenario",contestant=~"$contestant"'
BY = "scenario, contestant"
ALL_RUNS = "[$__range]"


def now(name: str) -> str:
    return f"bitswap_sim_{name}{{{CHOSEN}}}"


def result(name: str, chosen: str = CHOSEN, **labels: str) -> str:
    more = "".join(f',{label}="{value}"' for label, value in labels.items())
    return f"last_over_time(bitswap_sim_{name}{{{chosen}{more}}}{ALL_RUNS})"


def median(name: str) -> str:
    return f"quantile by ({BY}) (0.5, {result(name)})"


def bound(name: str) -> str:
    return f"max by ({BY}) ({result('headline_ratio', bound=name)})"


NAMES = {"scenario": "Scenario", "contestant": "Contestant", "standing": "Standing"}

JUDGEMENT = [
    stat("Runs", "Simulated runs: each contestant in each scenario, once for each seed.",
         f"count({result('fetch_seconds')})"),
    stat("Contestants", "Strategies that are compared.",
         f"count(count by (contestant) ({result('fetch_seconds')}))"),
    stat("Better", "How many times a contestant is better than the first one in a scenario.",
         f"count({result('standing', standing='better')}) or vector(0)"),
    stat("Worse", "How many times a contestant is worse than the first one in a scenario.",
         f"count({result('standing', standing='worse')}) or vector(0)"),
    stat("Runs without an end", "Runs in which half of the fetches did not end: their time is "
         "infinite.", f"count({result('fetch_seconds')} == Inf) or vector(0)",
         thresholds=[("green", None), ("red", 1)]),
    table("Ratio to the first contestant", "By what the scenario is judged, over the first "
          "contestant's with the same seed; less is better. Better and worse are told only where "
          "the 95 % interval excludes 1 and the median is at least 2 % away from it.",
          (f"max by ({BY}, standing) ({result('standing')}) * on ({BY}) group_left () "
           f"{bound('median')}", ""),
          (bound("least"), ""), (bound("most"), ""),
          names=NAMES | {"Value #A": "Median", "Value #B": "Least", "Value #C": "Most"}),
]

RUNS = [
    series("Delivered", "Share of the wanted blocks that had been delivered: the median of all "
           "seeds. A flat piece is a pause.",
           (f"quantile by ({BY}) (0.5, {now('delivered_ratio')})", "{{scenario}} {{contestant}}"),
           unit="percentunit", width=12),
    series("Blocks per second", "The mean of all seeds. What falls early was fetched early.",
           (f"avg by ({BY}) ({now('delivered_blocks_per_second')})",
            "{{scenario}} {{contestant}}"), width=12),
    series("Open fetches", "Fetches that had begun and not ended: the mean of all seeds. A long "
           "tail is a slow last one.",
           (f"avg by ({BY}) ({now('open_fetches')})", "{{scenario}} {{contestant}}"), width=12),
    series("Slowest and fastest seed", "Share of the wanted blocks that had been delivered, in the "
           "seed that was behind and in the one that was ahead.",
           (f"min by ({BY}) ({now('delivered_ratio')})", "{{scenario}} {{contestant}} behind"),
           (f"max by ({BY}) ({now('delivered_ratio')})", "{{scenario}} {{contestant}} ahead"),
           unit="percentunit", width=12),
]

COSTS = [
    table("Times", "Medians of all seeds, in seconds of simulated time.",
          *((median(name), "") for name in (
              "fetch_seconds", "slowest_fetch_seconds", "first_block_seconds",
              "block_p99_seconds", "block_p999_seconds", "longest_pause_seconds")),
          names=NAMES | {"Value #A": "Fetch", "Value #B": "Slowest fetch",
                         "Value #C": "First block", "Value #D": "Block p99",
                         "Value #E": "Block p99.9", "Value #F": "Longest pause"}),
    table("What it takes", "Medians of all seeds: bytes that came twice over wanted ones, messages "
          "and want-blocks for each wanted block.",
          *((median(name), "") for name in (
              "duplicates_ratio", "messages_per_block", "want_blocks_per_block")),
          names=NAMES | {"Value #A": "Duplicates", "Value #B": "Messages",
                         "Value #C": "Want-blocks"}),
]

OF_SCENARIO = 'scenario=~"$scenario"'
PROMISES = [
    table("Promises", "Figures of `bitswap-sim scenario`, and what each is at most if the promise "
          "is kept. Those without a limit are for information.",
          (f"max by (scenario, seed, what, unit) ({result('promise_came', OF_SCENARIO)})", ""),
          (f"max by (scenario, seed, what, unit) ({result('promise_limit', OF_SCENARIO)})", ""),
          names=NAMES | {"what": "What", "unit": "Unit", "seed": "Seed", "Value #A": "Came",
                         "Value #B": "At most"}),
]

# The series alone know when they are: there is no `now` in a simulation.
SCENARIOS = 'label_values({__name__=~"bitswap_sim_(fetch_seconds|promise_came)"}, scenario)'
CONTESTANTS = 'label_values(bitswap_sim_fetch_seconds{scenario=~"$scenario"}, contestant)'

BOARD = board(
    "bitswap-simulator",
    "Bitswap / 8 Simulator",
    "Which strategy is better, by how much, and what did its runs look like?",
    [
        ("Who is better", JUDGEMENT),
        ("Over simulated time", RUNS),
        ("What it takes", COSTS),
        ("Scenarios with promises", PROMISES),
    ],
    tags=["bitswap-simulator"],
    links=[],
    timezone="utc",
    refresh="",
    time={"from": "2000-01-01T00:00:00.000Z", "to": "2000-01-01T00:01:00.000Z"},
    templating={"list": [
        SOURCE,
        variable("scenario", "Scenario", SCENARIOS, True),
        variable("contestant", "Contestant", CONTESTANTS, True),
    ]},
    annotations={"list": []},
)
