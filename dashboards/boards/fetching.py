"""Fetching: is it slow to find or slow to fetch, and what is wasted?"""

from .panel import board, heatmap, quantiles, series

ANSWERS = "bitswap_client_answer_seconds"

WANTS = [
    heatmap("Time of wants", "How many wants per second took how long, from start to verified "
            "block. Two bands are two kinds of sources.",
            "sum by (le) (rate(bitswap_client_want_seconds_bucket{%}[$__rate_interval]))"),
    series("Open wants and sessions", "Stuck if they only grow: `bitswap explain CID` says why.",
           ("sum(bitswap_client_wants{%})", "wants"),
           ("sum(bitswap_client_wants_asked{%})", "of them asked"),
           ("sum(bitswap_client_wants_held_back{%})", "held back"),
           ("sum(bitswap_client_searches{%})", "searched for"),
           ("sum(bitswap_client_sessions{%})", "sessions"),
           ("sum(bitswap_client_cids_without_room{%})", "CIDs without room")),
    series("Wants started and ended", "Started, and ended by outcome.",
           ("sum(rate(bitswap_client_wants_started_total{%}[$__rate_interval]))", "started"),
           ("sum by (outcome) (rate(bitswap_client_wants_ended_total{%}[$__rate_interval]))",
            "{{outcome}}"), unit="ops"),
]

ASKS = [
    series("Time of an answer", "From asking a peer for a block or a HAVE to its answer. Slower "
           "than the round trip means that peers are busy.",
           *quantiles(ANSWERS, selected='{%,kind="block"}', legend="block "),
           *quantiles(ANSWERS, selected='{%,kind="have"}', legend="have "),
           unit="s"),
    series("Entries sent", "want-block, want-have and cancel entries.",
           ("sum by (kind) (rate(bitswap_client_asks_total{%}[$__rate_interval]))", "{{kind}}"),
           unit="ops"),
    series("Asks ended", "By how. Many timed_out: peers stall. Many dont_have: they are asked in "
           "vain.",
           ("sum by (outcome) (rate(bitswap_client_asks_ended_total{%}[$__rate_interval]))",
            "{{outcome}}"), unit="ops", stacked=True,
           colours={"block": "blue", "timed_out": "red", "dont_have": "orange"}),
    series("Answers without a block", "HAVE, DONT_HAVE, and DONT_HAVE of relays that search on.",
           ("sum by (kind) (rate(bitswap_client_presences_received_total{%}[$__rate_interval]))",
            "{{kind}}"), unit="ops"),
    series("Asks of the engine itself", "Asks that no selector decided. Many held_back: the "
           "selector leaves wants aside for too long.",
           ("sum by (reason) (rate(bitswap_client_own_asks_total{%}[$__rate_interval]))",
            "{{reason}}"), unit="ops"),
    series("Broadcasts", "Broadcasts of searches, and to how many peers they went.",
           ("sum(rate(bitswap_client_broadcasts_total{%}[$__rate_interval]))", "broadcasts"),
           ("sum(rate(bitswap_client_broadcast_peers_total{%}[$__rate_interval]))", "peers asked"),
           unit="ops"),
    series("Searches per block", "Broadcasts and look-ups for each wanted block; above 0.5 is too many.",
           ("(sum by (instance) (rate(bitswap_client_broadcasts_total{%}[$__rate_interval])) + sum by "
            "(instance) (rate(bitswap_provider_searches_total{%}[$__rate_interval]))) / sum by "
            '(instance) (rate(bitswap_client_blocks_received_total{%,kind="wanted"}'
            "[$__rate_interval]) > 0)", "{{instance}}")),
]

BLOCKS = [
    series("Bytes received", "Wanted, duplicate, and never asked for.",
           ("sum by (kind) (rate(bitswap_client_block_bytes_received_total{%}[$__rate_interval]))",
            "{{kind}}"), unit="Bps", stacked=True,
           colours={"wanted": "blue", "duplicate": "orange", "unasked": "red"}),
    series("Share of duplicates", "Of the bytes received. Normal is below 5 %; more pays for "
           "speed with bandwidth.",
           ('sum by (instance) (rate(bitswap_client_block_bytes_received_total{%,kind="duplicate"}'
            "[$__rate_interval])) / sum by (instance) (rate(bitswap_client_block_bytes_received_total{%}"
            "[$__rate_interval]))", "{{instance}}"), unit="percentunit"),
    series("Blocks that were here already, or came too late", "Found in the store without asking; "
           "from a peer whose ask had ended; and members that made room in full sessions.",
           ("sum(rate(bitswap_client_local_blocks_total{%}[$__rate_interval]))", "in the store"),
           ("sum(rate(bitswap_client_unawaited_blocks_total{%}[$__rate_interval]))", "unawaited"),
           ("sum(rate(bitswap_client_members_replaced_total{%}[$__rate_interval]))",
            "members replaced"), unit="ops"),
]

BOARD = board(
    "bitswap-fetching", "Bitswap / 2 Fetching",
    "Is it slow to find or slow to fetch, and what is wasted?",
    [("Wants", WANTS), ("Asks and answers", ASKS), ("Blocks", BLOCKS)],
)
