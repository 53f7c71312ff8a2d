//! The names, helps, labels and buckets of all metrics: what dashboards and alerts rely on.

use bitswap_core::{AskOutcome as Ask, OwnAsk as Own, Stats, WantOutcome as Want};
use metrics::Label;

/// Where a number is found.
type Read = fn(&Stats) -> u64;

/// One counter or gauge with its series.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    /// The one label; empty if there is none.
    label: &'static str,
    /// The label's value and the number, for each series.
    series: &'static [(&'static str, Read)],
}

impl Metric {
    const fn of(name: &'static str, help: &'static str, series: &'static [(&str, Read)]) -> Self {
        Self { name, help, label: "", series }
    }

    const fn by(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// All series of the metric, as of `stats`.
    pub(super) fn read(&self, stats: &Stats) -> impl Iterator<Item = (Vec<Label>, u64)> {
        self.series.iter().map(|(value, read)| {
            let label = (!self.label.is_empty()).then(|| Label::new(self.label, *value));
            (label.into_iter().collect(), read(stats))
        })
    }
}

/// The buckets of each histogram, to be set at the exporter: without them many exporters make
/// summaries, which cannot be added up over nodes.
pub const BUCKETS: [(&str, &[f64]); 3] =
    [(HISTOGRAMS[0].0, LATENCY), (HISTOGRAMS[1].0, LATENCY), (HISTOGRAMS[2].0, LATENCY)];

const LATENCY: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Histograms, each with its help.
pub(super) const HISTOGRAMS: [(&str, &str); 3] = [
    ("bitswap_client_want_seconds", "Time from the start of a want to its verified block."),
    ("bitswap_client_answer_seconds", "Time from asking a peer to its answer, by what was asked."),
    ("bitswap_server_answer_seconds", "Time from a peer's request to the last byte of its block."),
];

/// What the strategies were asked and said; their series depend on which strategies run.
pub(super) const STRATEGY_METRICS: &[Metric; 3] = &[
    Metric::of("bitswap_strategy_asked_total", "Questions put to a strategy.", &[]),
    Metric::of("bitswap_strategy_rejected_total", "Answers that the engine rejected.", &[]),
    Metric::of("bitswap_strategy_decisions_total", "Decisions, by the reason given.", &[]),
];

/// What routers were asked and found; their series are the routers that a node was given.
pub(super) const ROUTER_METRICS: &[Metric; 4] = &[
    Metric::of("bitswap_router_lookups_total", "Look-ups that a router was asked for.", &[]),
    Metric::of("bitswap_router_providers_total", "Providers that a router found first.", &[]),
    Metric::of("bitswap_router_failures_total", "Look-ups that a router failed.", &[]),
    Metric::of("bitswap_router_timeouts_total", "Look-ups that a router did not end in time.", &[]),
];

/// Which strategies are in charge; its series depend on which ones ever were. With its help.
pub(super) const IN_USE: (&str, &str) =
    ("bitswap_strategy_info", "1 for the strategy in charge of a role, 0 for those before it.");

pub(super) const COUNTERS: &[Metric] = &[
    Metric::of(
        "bitswap_client_wants_started_total",
        "Wants opened.",
        &[("", |s| s.client.wants_started)],
    ),
    Metric::of(
        "bitswap_client_wants_ended_total",
        "Wants that ended, by outcome.",
        &[
            (Want::Received.name(), |s| s.client.wants_ended[Want::Received as usize]),
            (Want::Local.name(), |s| s.client.wants_ended[Want::Local as usize]),
            (Want::Cancelled.name(), |s| s.client.wants_ended[Want::Cancelled as usize]),
            (Want::TimedOut.name(), |s| s.client.wants_ended[Want::TimedOut as usize]),
            (Want::Failed.name(), |s| s.client.wants_ended[Want::Failed as usize]),
        ],
    )
    .by("outcome"),
    Metric::of(
        "bitswap_client_blocks_received_total",
        "Blocks that came, by their use.",
        &[
            ("wanted", |s| s.client.wanted.blocks),
            ("duplicate", |s| s.client.duplicate.blocks),
            ("unasked", |s| s.client.unasked.blocks),
        ],
    )
    .by("kind"),
    Metric::of(
        "bitswap_client_block_bytes_received_total",
        "Bytes of blocks that came.",
        &[
            ("wanted", |s| s.client.wanted.bytes),
            ("duplicate", |s| s.client.duplicate.bytes),
            ("unasked", |s| s.client.unasked.bytes),
        ],
    )
    .by("kind"),
    Metric::of(
        "bitswap_client_presences_received_total",
        "Answers without the block.",
        &[("have", |s| s.client.haves), ("dont_have", |s| s.client.dont_haves)],
    )
    .by("kind"),
    Metric::of(
        "bitswap_client_asks_total",
        "Entries sent to peers.",
        &[
            ("block", |s| s.client.block_asks),
            ("have", |s| s.client.have_asks),
            ("cancel", |s| s.client.cancels),
        ],
    )
    .by("kind"),
    Metric::of(
        "bitswap_client_asks_ended_total",
        "Asks that ended, by how.",
        &[
            (Ask::Block.name(), |s| s.client.asks_ended[Ask::Block as usize]),
            (Ask::Have.name(), |s| s.client.asks_ended[Ask::Have as usize]),
            (Ask::DontHave.name(), |s| s.client.asks_ended[Ask::DontHave as usize]),
            (Ask::TimedOut.name(), |s| s.client.asks_ended[Ask::TimedOut as usize]),
            (Ask::Disconnected.name(), |s| s.client.asks_ended[Ask::Disconnected as usize]),
            (Ask::Cancelled.name(), |s| s.client.asks_ended[Ask::Cancelled as usize]),
        ],
    )
    .by("outcome"),
    Metric::of(
        "bitswap_client_own_asks_total",
        "Asks made by the engine itself, not on a selector's decision, by reason.",
        &[
            (Own::Broadcast.name(), |s| s.client.own_asks[Own::Broadcast as usize]),
            (Own::HeldBack.name(), |s| s.client.own_asks[Own::HeldBack as usize]),
            (Own::NewPeer.name(), |s| s.client.own_asks[Own::NewPeer as usize]),
            (Own::WithoutHave.name(), |s| s.client.own_asks[Own::WithoutHave as usize]),
        ],
    )
    .by("reason"),
    Metric::of(
        "bitswap_client_broadcasts_total",
        "Times all or some peers were asked at once.",
        &[("", |s| s.client.broadcasts)],
    ),
    Metric::of(
        "bitswap_provider_searches_total",
        "Look-ups of providers started.",
        &[("routing", |s| s.client.lookups)],
    )
    .by("source"),
    Metric::of(
        "bitswap_provider_found_total",
        "Providers found by look-ups.",
        &[("routing", |s| s.client.providers)],
    )
    .by("source"),
    Metric::of(
        "bitswap_server_requests_total",
        "Entries received from peers.",
        &[
            ("block", |s| s.server.block_requests),
            ("have", |s| s.server.have_requests),
            ("cancel", |s| s.server.cancels),
        ],
    )
    .by("kind"),
    Metric::of(
        "bitswap_server_answers_total",
        "Answers sent to peers.",
        &[
            ("block", |s| s.server.blocks_sent.blocks),
            ("have", |s| s.server.haves_sent),
            ("dont_have", |s| s.server.dont_haves_sent),
        ],
    )
    .by("kind"),
    Metric::of(
        "bitswap_server_block_bytes_sent_total",
        "Bytes of blocks written to peers.",
        &[("", |s| s.server.blocks_sent.bytes)],
    ),
    Metric::of(
        "bitswap_server_admissions_total",
        "Requests by what the ledger's policy said.",
        &[
            ("serve", |s| s.server.served),
            ("defer", |s| s.server.deferred),
            ("refuse", |s| s.server.refused),
        ],
    )
    .by("decision"),
    Metric::of(
        "bitswap_server_wantlist_overflows_total",
        "Requests that had to make room.",
        &[("", |s| s.server.overflows)],
    ),
    Metric::of(
        "bitswap_server_store_faults_total",
        "Reads that the store could not do.",
        &[("", |s| s.server.store_faults)],
    ),
    Metric::of(
        "bitswap_relay_wants_total",
        "Strangers' wants that were passed on, joined others, or were not taken on.",
        &[
            ("taken", |s| s.relay.wants),
            ("over_budget", |s| s.relay.over_budget),
            ("ttl_cut", |s| s.relay.clamped),
        ],
    )
    .by("outcome"),
    Metric::of(
        "bitswap_relay_asks_total",
        "Strangers' wants that were put to a peer.",
        &[("", |s| s.relay.asks)],
    ),
    Metric::of(
        "bitswap_relay_blocks_total",
        "Blocks that passed through for strangers.",
        &[("in", |s| s.relay.received.blocks), ("out", |s| s.relay.forwarded.blocks)],
    )
    .by("direction"),
    Metric::of(
        "bitswap_relay_block_bytes_total",
        "Bytes of those blocks.",
        &[("in", |s| s.relay.received.bytes), ("out", |s| s.relay.forwarded.bytes)],
    )
    .by("direction"),
    Metric::of(
        "bitswap_net_messages_total",
        "Bitswap messages.",
        &[("in", |s| s.wire.messages_in), ("out", |s| s.wire.messages_out)],
    )
    .by("direction"),
    Metric::of(
        "bitswap_net_send_failures_total",
        "Messages that could not be written.",
        &[("", |s| s.wire.send_failures)],
    ),
    Metric::of(
        "bitswap_net_rejects_total",
        "Frames and items of peers that were not taken.",
        &[
            ("malformed", |s| s.wire.refused),
            ("over_budget", |s| s.wire.over_budget),
            ("unusable", |s| s.wire.unusable),
            ("unhashed", |s| s.wire.unhashed.blocks),
        ],
    )
    .by("cause"),
    Metric::of(
        "bitswap_net_pauses_total",
        "Times a peer was not read for a while, since it had sent more than its share.",
        &[("", |s| s.transport.pauses)],
    ),
    Metric::of(
        "bitswap_net_wasteful_peers_total",
        "Peers disconnected since they went on sending what is of no use.",
        &[("", |s| s.transport.wasteful_peers)],
    ),
    Metric::of(
        "bitswap_engine_stray_inputs_total",
        "Inputs that made no sense to the engine.",
        &[("", |s| s.stray_inputs)],
    ),
];

pub(super) const GAUGES: &[Metric] = &[
    Metric::of(
        "bitswap_strategy_generation",
        "How many times strategies were replaced while the node runs.",
        &[("", |s| s.strategy_generation)],
    ),
    Metric::of(
        "bitswap_relay_held_wants",
        "Relayed wants that are held.",
        &[("", |s| s.gauges.relayed_wants)],
    ),
    Metric::of(
        "bitswap_relay_held_bytes",
        "Bytes of blocks held for relaying.",
        &[("", |s| s.gauges.relayed_bytes)],
    ),
    Metric::of("bitswap_client_wants", "Open wants.", &[("", |s| s.gauges.wants)]),
    Metric::of(
        "bitswap_client_cids_without_room",
        "CIDs that wait because as many wants are open as may be.",
        &[("", |s| s.gauges.cids_without_room)],
    ),
    Metric::of(
        "bitswap_client_searches",
        "Wants being searched for.",
        &[("", |s| s.gauges.searches)],
    ),
    Metric::of("bitswap_client_sessions", "Open sessions.", &[("", |s| s.gauges.sessions)]),
    Metric::of("bitswap_client_calls", "Open calls.", &[("", |s| s.gauges.calls)]),
    Metric::of("bitswap_server_requests", "Remembered requests.", &[("", |s| s.gauges.requests)]),
    Metric::of("bitswap_server_queue_tasks", "Blocks queued.", &[("", |s| s.gauges.tasks)]),
    Metric::of("bitswap_server_queue_bytes", "Bytes queued.", &[("", |s| s.gauges.task_bytes)]),
    Metric::of(
        "bitswap_server_outstanding_bytes",
        "Bytes read and not yet written to peers.",
        &[("", |s| s.gauges.outstanding_bytes)],
    ),
    Metric::of("bitswap_ledger_accounts", "Peers with an account.", &[("", |s| s.gauges.accounts)]),
    Metric::of(
        "bitswap_net_unfinished_bytes",
        "Bytes held of frames that have begun and not ended.",
        &[("", |s| s.transport.unfinished_bytes)],
    ),
    Metric::of(
        "bitswap_net_untaken_bytes",
        "Bytes of blocks that were delivered to callers and not yet taken by them.",
        &[("", |s| s.transport.untaken_bytes)],
    ),
    Metric::of("bitswap_net_peers", "Connected Bitswap peers.", &[("", |s| s.gauges.peers)]),
];
