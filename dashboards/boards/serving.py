"""Serving: do peers get what they ask for, in time and fairly?"""

from .panel import board, heatmap, quantiles, series

SERVED = [
    series("Bytes sent", "Bytes of blocks written to peers.",
           ("sum by (instance) (rate(bitswap_server_block_bytes_sent_total{%}[$__rate_interval]))",
            "{{instance}}"), unit="Bps"),
    series("Answers sent", "Blocks, HAVEs and DONT_HAVEs.",
           ("sum by (kind) (rate(bitswap_server_answers_total{%}[$__rate_interval]))", "{{kind}}"),
           unit="ops", colours={"block": "blue", "have": "green", "dont_have": "orange"}),
    series("Time of an answer", "From a request to the last byte of its block. Much longer than "
           "reads of the store take: peers wait for their turn.",
           *quantiles("bitswap_server_answer_seconds"), unit="s"),
    heatmap("Time of answers", "How many blocks per second took how long to be served.",
            "sum by (le) (rate(bitswap_server_answer_seconds_bucket{%}[$__rate_interval]))"),
    heatmap("Sizes of blocks sent", "How many blocks per second had which size.",
            "sum by (le) (rate(bitswap_server_block_size_bytes_bucket{%}[$__rate_interval]))",
            "bytes"),
    series("Entries received", "want-block, want-have and cancel entries of peers.",
           ("sum by (kind) (rate(bitswap_server_requests_total{%}[$__rate_interval]))", "{{kind}}"),
           unit="ops"),
]

QUEUES = [
    series("Queue", "Blocks that wait to be sent. A queue that only grows is a bottleneck: "
           "`limits.upload`, disk, or `limits.in_flight`.",
           ("sum by (instance) (bitswap_server_queue_tasks{%})", "{{instance}}")),
    series("Bytes queued and on their way", "Queued, and read but not yet written. The second at "
           "`limits.in_flight` means that peers read slowly.",
           ("sum(bitswap_server_queue_bytes{%})", "queued"),
           ("sum(bitswap_server_outstanding_bytes{%})", "on their way"), unit="bytes"),
    series("Peers that take nothing", "Messages whose blocks are not held until their peers take more. "
           "Others are served meanwhile.",
           ("sum by (instance) (bitswap_server_suspended_sends{%})", "{{instance}}")),
    series("Requests remembered", "Requests of peers that have no answer yet.",
           ("sum(bitswap_server_requests{%})", "requests")),
]

LIMITS = [
    series("Limits in force", "Bytes per second that may be sent and read, by the node and each "
           "peer; 0 is no limit. SIGHUP changes `limits.upload` and its like.",
           ("max by (of) (bitswap_server_upload_limit_bytes{%})", "upload, {{of}}"),
           ("max by (of) (bitswap_net_download_limit_bytes{%})", "download, {{of}}"), unit="Bps"),
    series("Held back", "Bytes queued that an upload limit holds back. All the time and growing: "
           "peers want more than the limit gives.",
           ("sum by (of) (bitswap_server_upload_held_bytes{%})", "{{of}}"), unit="bytes"),
    series("Time waited for limits", "Seconds per second; peers and connections are added up. "
           "Near 1 for the node: the limit is what is scarce.",
           ("sum by (of) (rate(bitswap_server_upload_waited_seconds_total{%}[$__rate_interval]))",
            "upload, {{of}}"),
           ("sum by (of) (rate(bitswap_net_download_waited_seconds_total{%}[$__rate_interval]))",
            "download, {{of}}")),
]

FAIRNESS = [
    series("Admissions", "What the ledger's policy said of requests.",
           ("sum by (decision) (rate(bitswap_server_admissions_total{%}[$__rate_interval]))",
            "{{decision}}"), unit="ops", stacked=True,
           colours={"serve": "blue", "defer": "orange", "refuse": "red"}),
    series("Requests without an answer", "Dropped or evicted for lack of room, and answers that "
           "requesters do not read. Attackers show here first.",
           ("sum(rate(bitswap_server_wantlist_overflows_total{%}[$__rate_interval]))", "overflows"),
           ("sum(rate(bitswap_server_evicted_requests_total{%}[$__rate_interval]))", "evicted"),
           ("sum(rate(bitswap_server_unread_answers_total{%}[$__rate_interval]))",
            "unread answers"), unit="ops"),
    series("Fairness", "Jain's index of the bytes sent to connected peers: 1 is evenly, also if "
           "nobody was sent any; near one divided by their number, one peer has it all.",
           ("bitswap_ledger_fairness_ratio{%}", "{{instance}}"), unit="percentunit"),
    series("Oldest task", "How long the oldest queued block waits. Above seconds somebody starves: "
           "look at the queue and the limits.",
           ("bitswap_server_oldest_task_seconds{%}", "{{instance}}"), unit="s"),
    series("Accounts", "Peers with an account in the ledger. `bitswap ledger` lists them.",
           ("sum by (instance) (bitswap_ledger_accounts{%})", "{{instance}}")),
    series("Given for each byte taken", "Bytes sent over bytes received, since the start. Above 1 "
           "a node gives more than it takes.",
           ("sum by (instance) (bitswap_server_block_bytes_sent_total{%}) / sum by (instance) "
            "(bitswap_client_block_bytes_received_total{%})", "{{instance}}")),
    series("Decisions of the prioritizer", "Whom it serves next, by the reason it gives.",
           ('sum by (strategy, reason) (rate(bitswap_strategy_decisions_total{%,'
            'role="task_prioritizer"}[$__rate_interval]))', "{{strategy}}: {{reason}}"),
           unit="ops"),
    series("Decisions of the ledger's policy", "Weights and admissions, by the reason it gives.",
           ('sum by (strategy, reason) (rate(bitswap_strategy_decisions_total{%,'
            'role="ledger_policy"}[$__rate_interval]))', "{{strategy}}: {{reason}}"), unit="ops"),
]

RULES = [
    series("Denied by rules", "What `[filter]` denies: wants of our own, requests of peers, "
           "connections and dials. The lists' lines are in errors and in the log at debug.",
           ("sum by (what) (rate(bitswap_net_denied_total{%}[$__rate_interval]))", "{{what}}"),
           ('sum(rate(bitswap_announcements_total{%,result="denied"}[$__rate_interval]))',
            "announcement"), unit="ops"),
    series("Rules in force", "Rules about blocks and peers, and lines of lists that are not in "
           "force: about paths or names, or faulty.",
           ("sum by (about) (bitswap_filter_rules{%})", "about {{about}}"),
           ("sum(bitswap_filter_skipped_lines{%})", "lines not in force")),
    series("Lists read again", "A reading that fails leaves the rules before it in force; the log "
           "says why.",
           ("sum by (result) (increase(bitswap_filter_reads_total{%}[$__rate_interval]))",
            "{{result}}"), colours={"ok": "blue", "failed": "red"}),
]

BOARD = board(
    "bitswap-serving", "Bitswap / 3 Serving and fairness",
    "Do peers get what they ask for, in time and fairly?",
    [("Served", SERVED), ("Queues", QUEUES), ("Limits", LIMITS), ("Fairness", FAIRNESS),
     ("Rules", RULES)],
)
