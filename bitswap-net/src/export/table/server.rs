//! The server and the ledger: requests of peers, and what became of them.

use super::{Metric, rate};

pub(super) const METRICS: &[Metric] = &[
    Metric::counter(
        "bitswap_server_requests_total",
        "Entries received from peers.",
        &[
            ("block", |s| s.server.block_requests),
            ("have", |s| s.server.have_requests),
            ("cancel", |s| s.server.cancels),
        ],
    )
    .by("kind"),
    Metric::counter(
        "bitswap_server_answers_total",
        "Answers sent to peers.",
        &[
            ("block", |s| s.server.blocks_sent.blocks),
            ("have", |s| s.server.haves_sent),
            ("dont_have", |s| s.server.dont_haves_sent),
        ],
    )
    .by("kind"),
    Metric::counter(
        "bitswap_server_block_bytes_sent_total",
        "Bytes of blocks written to peers.",
        &[("", |s| s.server.blocks_sent.bytes)],
    ),
    Metric::counter(
        "bitswap_server_admissions_total",
        "Requests by what the ledger's policy said.",
        &[
            ("serve", |s| s.server.served),
            ("defer", |s| s.server.deferred),
            ("refuse", |s| s.server.refused),
        ],
    )
    .by("decision"),
    Metric::counter(
        "bitswap_server_wantlist_overflows_total",
        "Requests that had to make room.",
        &[("", |s| s.server.overflows)],
    ),
    Metric::counter(
        "bitswap_server_store_faults_total",
        "Reads that the store could not do.",
        &[("", |s| s.server.store_faults)],
    ),
    Metric::gauge(
        "bitswap_server_requests",
        "Remembered requests.",
        &[("", |s| s.gauges.requests)],
    ),
    Metric::gauge("bitswap_server_queue_tasks", "Blocks queued.", &[("", |s| s.gauges.tasks)]),
    Metric::gauge("bitswap_server_queue_bytes", "Bytes queued.", &[("", |s| s.gauges.task_bytes)]),
    Metric::gauge(
        "bitswap_server_outstanding_bytes",
        "Bytes read and not yet written to peers.",
        &[("", |s| s.gauges.outstanding_bytes)],
    ),
    Metric::gauge(
        "bitswap_server_suspended_sends",
        "Messages whose peers take nothing, and whose blocks are therefore not held.",
        &[("", |s| s.gauges.suspended_sends)],
    ),
    Metric::counter(
        "bitswap_server_suspensions_total",
        "Times that the blocks of a message were given back, since its peer took it slowly while \
         such peers held a quarter of all.",
        &[("", |s| s.server.suspended)],
    ),
    Metric::gauge(
        "bitswap_server_upload_limit_bytes",
        "Block bytes that may be sent in a second, to all peers and to each; 0 = no limit.",
        &[("node", |s| rate(s.upload.limits[0])), ("peer", |s| rate(s.upload.limits[1]))],
    )
    .by("of"),
    Metric::gauge(
        "bitswap_server_upload_held_bytes",
        "Bytes queued that an upload limit holds back.",
        &[("node", |s| s.upload.held_bytes[0]), ("peer", |s| s.upload.held_bytes[1])],
    )
    .by("of"),
    Metric::counter(
        "bitswap_server_upload_waited_seconds_total",
        "Time in which the node's upload limit held somebody back, and in which peers waited for \
         their own, added up.",
        &[("node", |s| s.upload.waited[0].as_secs()), ("peer", |s| s.upload.waited[1].as_secs())],
    )
    .by("of"),
    Metric::gauge(
        "bitswap_ledger_accounts",
        "Peers with an account.",
        &[("", |s| s.gauges.accounts)],
    ),
    Metric::counter(
        "bitswap_server_evicted_requests_total",
        "Requests dropped without an answer, to make room for others.",
        &[("", |s| s.events.requests_evicted)],
    ),
    Metric::counter(
        "bitswap_server_unread_answers_total",
        "HAVEs and DONT_HAVEs dropped because the requester does not read fast enough.",
        &[("", |s| s.server.unread)],
    ),
];
