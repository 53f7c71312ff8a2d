//! The relay: wants of others, forwarded.

use super::Metric;

pub(super) const METRICS: &[Metric] = &[
    Metric::counter(
        "bitswap_relay_wants_total",
        "Strangers' wants that were passed on, joined others, or were not taken on.",
        &[
            ("taken", |s| s.relay.wants),
            ("over_budget", |s| s.relay.over_budget),
            ("ttl_cut", |s| s.relay.clamped),
        ],
    )
    .by("outcome"),
    Metric::counter(
        "bitswap_relay_asks_total",
        "Strangers' wants that were put to a peer.",
        &[("", |s| s.relay.asks)],
    ),
    Metric::counter(
        "bitswap_relay_blocks_total",
        "Blocks that passed through for strangers.",
        &[("in", |s| s.relay.received.blocks), ("out", |s| s.relay.forwarded.blocks)],
    )
    .by("direction"),
    Metric::counter(
        "bitswap_relay_block_bytes_total",
        "Bytes of those blocks.",
        &[("in", |s| s.relay.received.bytes), ("out", |s| s.relay.forwarded.bytes)],
    )
    .by("direction"),
    Metric::gauge(
        "bitswap_relay_held_wants",
        "Relayed wants that are held.",
        &[("", |s| s.gauges.relayed_wants)],
    ),
    Metric::gauge(
        "bitswap_relay_held_bytes",
        "Bytes of blocks held for relaying.",
        &[("", |s| s.gauges.relayed_bytes)],
    ),
    Metric::counter(
        "bitswap_relay_wants_ended_total",
        "Relayed wants that ended, by how.",
        &[
            ("disconnected", |s| s.events.relay_ended[0]),
            ("dont_have", |s| s.events.relay_ended[1]),
            ("expired", |s| s.events.relay_ended[2]),
            ("request_ended", |s| s.events.relay_ended[3]),
        ],
    )
    .by("outcome"),
];
