"""Strategies: who decides, and what did a change do?"""

from .panel import board, series, stat, table

DIFFERENT = 'sum by (role, plays) (bitswap_strategy_part_events{%,count="different"})'
SAME = 'sum by (role, plays) (bitswap_strategy_part_events{%,count="same"})'

MEANS = "sum by (instance, role, mean) "

IN_CHARGE = [
    table("In charge", "The strategy of each role; names of scripts are those of their files.",
          ("sum by (instance, role, strategy) (bitswap_strategy_info{%} == 1)", ""), width=12,
          names={"Value": "in charge"}),
    series("Generation", "How many times strategies were replaced. Each step is a purple line on "
           "all boards: compare before and after.",
           ("bitswap_strategy_generation{%}", "{{instance}}"), width=6),
    series("Reloads", "Changes that were tried, by result. A failed one leaves all as it was; the "
           "log says why.",
           ("sum by (result) (increase(bitswap_config_reloads_total{%}[$__rate_interval]))",
            "{{result}}"), width=6, colours={"ok": "green", "failed": "red"}),
]

DECISIONS = [
    series("Questions", "Questions put to each strategy.",
           ("sum by (role, strategy) (rate(bitswap_strategy_asked_total{%}[$__rate_interval]))",
            "{{role}}: {{strategy}}"), unit="ops"),
    series("Decisions of the peer selector", "By the reason it gives.",
           ('sum by (strategy, reason) (rate(bitswap_strategy_decisions_total{%,'
            'role="peer_selector"}[$__rate_interval]))', "{{strategy}}: {{reason}}"),
           unit="ops", stacked=True),
    series("Decisions of the finder and the registry", "By the reason they give.",
           ('sum by (strategy, reason) (rate(bitswap_strategy_decisions_total{%,'
            'role=~"provider_finder|registry"}[$__rate_interval]))', "{{strategy}}: {{reason}}"),
           unit="ops", stacked=True),
    series("Rejected answers", "Answers that break a rule, by cause. A native strategy has next to "
           "none; a script with many is wrong.",
           ("sum by (role, cause) (rate(bitswap_strategy_rejected_total{%}[$__rate_interval]))",
            "{{role}} {{cause}}"), unit="ops"),
]

SCRIPTS = [
    series("Calls of scripts", "How often scripts were called, and how often a native strategy "
           "answered in their place.",
           ("sum by (role) (rate(bitswap_script_calls_total{%}[$__rate_interval]))",
            "{{role}} calls"),
           ("sum by (role) (rate(bitswap_script_fallbacks_total{%}[$__rate_interval]))",
            "{{role}} fallbacks"), unit="ops"),
    series("Operations for each call", "What a call of a script costs, in operations of its "
           "engine. Near the budget of 50,000 it will fail.",
           ("sum by (role) (rate(bitswap_script_operations_total{%}[$__rate_interval])) / sum by "
            "(role) (rate(bitswap_script_calls_total{%}[$__rate_interval]) > 0)", "{{role}}")),
    series("Failures of scripts", "By cause. Five within a minute open the breaker.",
           ("sum by (role, cause) (rate(bitswap_script_failures_total{%}[$__rate_interval]))",
            "{{role}} {{cause}}"), unit="ops"),
    stat("Open breakers", "Scripts that are not asked any more. Save a mended script to try again.",
         "sum(bitswap_script_breaker_open{%})", thresholds=[("green", None), ("red", 1)]),
]

SHADOW = [
    series("Shadow disagrees", "Share of decisions that the shadow would have made otherwise "
           "(`bitswap strategy use ROLE NAME --shadow`).",
           (f"{DIFFERENT} / ({SAME} + {DIFFERENT})", "{{role}}: {{plays}}"),
           unit="percentunit"),
    series("A/B: means of each arm", "What a split measures of its arms, in the unit at the end of "
           "the name, and how wide the 95 % interval around it is.",
           ('bitswap_strategy_part_mean{%,mean=~".+_us"}', "{{part}} ({{plays}}) {{mean}}"),
           ('bitswap_strategy_part_mean_half_width{%,mean=~".+_us"}', "± {{part}} {{mean}}"),
           unit="µs"),
    series("A/B: samples", "Samples of each mean. Intervals that overlap after thousands of them: "
           "the arms are alike.",
           ("bitswap_strategy_part_mean_samples{%}", "{{part}} ({{plays}}) {{mean}}")),
    series("A/B: b is slower by", "How much longer arm b takes than arm a; below 0 it is faster. "
           "To end it: `bitswap strategy use ROLE NAME`.",
           (f'{MEANS}(bitswap_strategy_part_mean{{%,part="b",mean=~".+_us"}}) / '
            f'{MEANS}(bitswap_strategy_part_mean{{%,part="a",mean=~".+_us"}}) - 1',
            "{{role}} {{mean}}"), unit="percentunit"),
    series("Counts of parts", "What wrappers count of the strategies in them since they took over.",
           ("sum by (role, part, plays, count) (bitswap_strategy_part_events{%})",
            "{{role}} {{part}} ({{plays}}) {{count}}"), width=16),
]

BOARD = board(
    "bitswap-strategies", "Bitswap / 4 Strategies",
    "Who decides, and what did a change do?",
    [("In charge", IN_CHARGE), ("Decisions", DECISIONS), ("Scripts", SCRIPTS),
     ("Shadow and A/B", SHADOW)],
)
