//! Messages and connections, the engine as a whole, and strategies.

use super::{Metric, rate};

pub(super) const METRICS: &[Metric] = &[
    Metric::counter(
        "bitswap_net_messages_total",
        "Bitswap messages.",
        &[("in", |s| s.wire.messages_in), ("out", |s| s.wire.messages_out)],
    )
    .by("direction"),
    Metric::counter(
        "bitswap_net_send_failures_total",
        "Messages that could not be written.",
        &[("", |s| s.wire.send_failures)],
    ),
    Metric::counter(
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
    Metric::counter(
        "bitswap_net_pauses_total",
        "Times a peer was not read for a while, since it had sent more than its share.",
        &[("", |s| s.transport.pauses)],
    ),
    Metric::counter(
        "bitswap_net_wasteful_peers_total",
        "Peers disconnected since they went on sending what is of no use.",
        &[("", |s| s.transport.wasteful_peers)],
    ),
    Metric::counter(
        "bitswap_engine_stray_inputs_total",
        "Inputs that made no sense to the engine.",
        &[("", |s| s.stray_inputs)],
    ),
    Metric::gauge(
        "bitswap_strategy_generation",
        "How many times strategies were replaced while the node runs.",
        &[("", |s| s.strategy_generation)],
    ),
    Metric::gauge(
        "bitswap_net_unfinished_bytes",
        "Bytes held of frames that have begun and not ended.",
        &[("", |s| s.transport.unfinished_bytes)],
    ),
    Metric::gauge(
        "bitswap_net_untaken_bytes",
        "Bytes of blocks that were delivered to callers and not yet taken by them.",
        &[("", |s| s.transport.untaken_bytes)],
    ),
    Metric::gauge("bitswap_net_peers", "Connected Bitswap peers.", &[("", |s| s.gauges.peers)]),
    Metric::counter(
        "bitswap_net_refused_streams_total",
        "Streams of peers dropped because too many of the connection were busy.",
        &[("", |s| s.transport.refused_streams)],
    ),
    Metric::counter(
        "bitswap_net_refused_dials_total",
        "Providers that were not dialled because enough others were at their host or network.",
        &[("", |s| s.transport.refused_dials)],
    ),
    Metric::counter(
        "bitswap_net_left_out_dials_total",
        "Providers that were not dialled because their dials had failed lately, or often.",
        &[("", |s| s.transport.left_out_dials)],
    ),
    Metric::counter(
        "bitswap_net_denied_total",
        "Wants, requests of peers, connections and dials that a rule of the node denies.",
        &[
            ("want", |s| s.client.denied),
            ("request", |s| s.server.denied),
            ("connection", |s| s.transport.denied_connections),
            ("dial", |s| s.transport.denied_dials),
        ],
    )
    .by("what"),
    Metric::gauge(
        "bitswap_net_download_limit_bytes",
        "Bytes that may be read in a second, from all peers together and from each; 0 = no limit.",
        &[
            ("node", |s| rate(s.transport.download_limits[0])),
            ("peer", |s| rate(s.transport.download_limits[1])),
        ],
    )
    .by("of"),
    Metric::counter(
        "bitswap_net_download_waited_seconds_total",
        "Time in which connections were not read because of a download limit, added up.",
        &[
            ("node", |s| s.transport.download_waited[0].as_secs()),
            ("peer", |s| s.transport.download_waited[1].as_secs()),
        ],
    )
    .by("of"),
    Metric::counter(
        "bitswap_engine_clock_jumps_total",
        "Times that the clock went backwards, or jumped far ahead.",
        &[("", |s| s.clock_jumps)],
    ),
    Metric::gauge(
        "bitswap_engine_last_progress_timestamp_seconds",
        "Unix time when the engine last told its counts; it does so each second.",
        &[("", |s| s.events.engine_alive_at)],
    ),
    Metric::gauge(
        "bitswap_strategy_last_change_timestamp_seconds",
        "Unix time when a strategy last took over from another; 0 = never.",
        &[("", |s| s.events.strategies_changed_at)],
    ),
];
