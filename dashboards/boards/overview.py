"""One screen: is it healthy, what is slow, what does it carry?"""

from .panel import board, quantiles, series, stat, table

ENDED = 'rate(bitswap_client_wants_ended_total{%,outcome!="cancelled"}[$__rate_interval])'
GOOD = 'rate(bitswap_client_wants_ended_total{%,outcome=~"received|local"}[$__rate_interval])'
DUPLICATES = (
    'sum(rate(bitswap_client_block_bytes_received_total{%,kind="duplicate"}[$__rate_interval]))'
    " / sum(rate(bitswap_client_block_bytes_received_total{%}[$__rate_interval]))"
)

NOW = [
    stat("Nodes up", "Nodes that Prometheus reaches, of those selected.",
         'count(up{%} == 1) or vector(0)', thresholds=[("red", None), ("green", 1)]),
    stat("Wants ended", "Wants per second that ended, cancelled ones left out.",
         f"sum({ENDED})", "ops"),
    stat("Success", "Share of wants that ended with their block. Below 80 % an alert fires.",
         f"sum({GOOD}) / sum({ENDED})", "percentunit",
         [("red", None), ("orange", 0.8), ("green", 0.95)]),
    stat("Slowest 1 % of wants", "99 of 100 fetched wants took no longer than this.",
         quantiles("bitswap_client_want_seconds")[2][0], "s"),
    stat("Duplicates", "Share of the bytes received that came a second time. Above 15 % an alert "
         "fires: try another peer selector.",
         DUPLICATES, "percentunit", [("green", None), ("orange", 0.05), ("red", 0.15)]),
    stat("Firing alerts", "Alerts of dashboards/rules that fire; 0 also where they are not loaded.",
         'count(ALERTS{alertname=~"Bitswap.+",alertstate="firing",job=~"$job"}) or vector(0)',
         thresholds=[("green", None), ("red", 1)]),
]

TRAFFIC = [
    series("Time of a want", "From the start of a want to its verified block. A rise of all three "
           "is the network or the disk; of p99 alone, single peers.",
           *quantiles("bitswap_client_want_seconds"), unit="s"),
    series("Wants ended", "By outcome. timed_out and failed are what users notice.",
           ("sum by (outcome) (rate(bitswap_client_wants_ended_total{%}[$__rate_interval]))",
            "{{outcome}}"),
           unit="ops", stacked=True,
           colours={"received": "blue", "local": "sky", "failed": "red", "timed_out": "orange"}),
    series("Bytes of blocks", "What came, wanted or not, and what was sent.",
           ("sum(rate(bitswap_client_block_bytes_received_total{%}[$__rate_interval]))",
            "received"),
           ("sum(rate(bitswap_server_block_bytes_sent_total{%}[$__rate_interval]))", "sent"),
           unit="Bps", colours={"received": "blue", "sent": "green"}),
    series("Peers", "Connected peers that speak Bitswap, and all connections.",
           ("sum(bitswap_net_peers{%})", "Bitswap peers"),
           ("sum(bitswap_net_connections{%})", "connections")),
    series("Memory", "Resident memory of each node. `bitswap stat` says who holds it.",
           ("process_resident_memory_bytes{%}", "{{instance}}"), unit="bytes"),
    series("Processor", "Processors in use by each node; 1 = one core.",
           ("rate(process_cpu_seconds_total{%}[$__rate_interval])", "{{instance}}")),
]

NODES = [
    table("Nodes", "Each node with its version, when it started and how often its strategies "
          "changed. One peer or one block is looked into with `bitswap peers`, `bitswap ledger` "
          "and `bitswap explain`, on the node itself.",
          ("sum by (instance, version) (bitswap_build_info{%})", ""),
          ("sum by (instance) (time() - process_start_time_seconds{%})", ""),
          ("sum by (instance) (bitswap_strategy_generation{%})", ""),
          ("sum by (instance) (bitswap_net_peers{%})", ""),
          names={"Value #A": "up", "Value #B": "seconds up", "Value #C": "strategy generation",
                 "Value #D": "peers"}),
]

BOARD = board(
    "bitswap-overview", "Bitswap / 1 Overview",
    "Is it healthy, what is slow, what does it carry?",
    [("Now", NOW), ("Over time", TRAFFIC), ("Nodes", NODES)],
)
