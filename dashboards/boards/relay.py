"""Relay and registry: what is done for others, and what is remembered?"""

from .panel import board, series

RELAY = [
    series("Wants taken on", "Wants of strangers that were forwarded, were over a budget, or whose "
           "TTL was cut.",
           ("sum by (outcome) (rate(bitswap_relay_wants_total{%}[$__rate_interval]))",
            "{{outcome}}"), unit="ops"),
    series("Wants ended", "By how. request_ended is what it is for; many expired: nobody near has "
           "the blocks.",
           ("sum by (outcome) (rate(bitswap_relay_wants_ended_total{%}[$__rate_interval]))",
            "{{outcome}}"), unit="ops", stacked=True),
    series("Peers asked for strangers", "Asks that carry wants of strangers on.",
           ("sum by (instance) (rate(bitswap_relay_asks_total{%}[$__rate_interval]))",
            "{{instance}}"), unit="ops"),
    series("Bytes for others and own", "Bytes that passed through for strangers beside the bytes "
           "that the node wanted itself.",
           ("sum by (direction) (rate(bitswap_relay_block_bytes_total{%}[$__rate_interval]))",
            "relayed {{direction}}"),
           ('sum(rate(bitswap_client_block_bytes_received_total{%,kind="wanted"}'
            "[$__rate_interval]))", "own"), unit="Bps"),
    series("Blocks for others", "Blocks that passed through for strangers.",
           ("sum by (direction) (rate(bitswap_relay_blocks_total{%}[$__rate_interval]))",
            "{{direction}}"), unit="ops"),
    series("Held for relaying", "Bytes of blocks in memory on their way to strangers; the bound "
           "is `relay.ephemeral_bytes`.",
           ("sum by (instance) (bitswap_relay_held_bytes{%})", "{{instance}}"), unit="bytes"),
    series("Relayed wants held", "Wants of strangers that are being forwarded now.",
           ("sum by (instance) (bitswap_relay_held_wants{%})", "{{instance}}")),
    series("Answers of relays to us", "DONT_HAVEs of relays that search on, and blocks that came.",
           ('sum(rate(bitswap_client_presences_received_total{%,kind="searching"}'
            "[$__rate_interval]))", "searching"),
           ('sum(rate(bitswap_client_blocks_received_total{%,kind="wanted"}[$__rate_interval]))',
            "wanted blocks"), unit="ops"),
]

REGISTRY = [
    series("Questions to the registry", "A hit names a peer that may have the block, and saves a "
           "broadcast.",
           ("sum by (result) (rate(bitswap_registry_lookups_total{%}[$__rate_interval]))",
            "{{result}}"), unit="ops", stacked=True, colours={"hit": "green", "miss": "orange"}),
    series("Share of hits", "Of the questions to the registry.",
           ('sum(rate(bitswap_registry_lookups_total{%,result="hit"}[$__rate_interval])) / '
            "sum(rate(bitswap_registry_lookups_total{%}[$__rate_interval]))", "hits"),
           unit="percentunit"),
    series("Decisions of the registry", "By the reason it gives.",
           ('sum by (strategy, reason) (rate(bitswap_strategy_decisions_total{%,role="registry"}'
            "[$__rate_interval]))", "{{strategy}}: {{reason}}"), unit="ops"),
]

BOARD = board(
    "bitswap-relay", "Bitswap / 5 Relay and registry",
    "What is done for others, and what is remembered?",
    [("Relay", RELAY), ("Registry", REGISTRY)],
)
