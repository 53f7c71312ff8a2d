//! The client: wants, asks, answers, searches, and the registry that they ask.

use bitswap_core::{AskOutcome as Ask, OwnAsk as Own, WantOutcome as Want};

use super::Metric;

pub(super) const METRICS: &[Metric] = &[
    Metric::counter(
        "bitswap_client_wants_started_total",
        "Wants opened.",
        &[("", |s| s.client.wants_started)],
    ),
    Metric::counter(
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
    Metric::counter(
        "bitswap_client_blocks_received_total",
        "Blocks that came, by their use.",
        &[
            ("wanted", |s| s.client.wanted.blocks),
            ("duplicate", |s| s.client.duplicate.blocks),
            ("unasked", |s| s.client.unasked.blocks),
        ],
    )
    .by("kind"),
    Metric::counter(
        "bitswap_client_block_bytes_received_total",
        "Bytes of blocks that came.",
        &[
            ("wanted", |s| s.client.wanted.bytes),
            ("duplicate", |s| s.client.duplicate.bytes),
            ("unasked", |s| s.client.unasked.bytes),
        ],
    )
    .by("kind"),
    Metric::counter(
        "bitswap_client_presences_received_total",
        "Answers without the block.",
        &[
            ("have", |s| s.client.haves),
            ("dont_have", |s| s.client.dont_haves),
            ("searching", |s| s.client.searching),
        ],
    )
    .by("kind"),
    Metric::counter(
        "bitswap_client_asks_total",
        "Entries sent to peers.",
        &[
            ("block", |s| s.client.block_asks),
            ("have", |s| s.client.have_asks),
            ("cancel", |s| s.client.cancels),
        ],
    )
    .by("kind"),
    Metric::counter(
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
    Metric::counter(
        "bitswap_client_own_asks_total",
        "Asks made by the engine itself, not on a selector's decision, by reason.",
        &[
            (Own::Broadcast.name(), |s| s.client.own_asks[Own::Broadcast as usize]),
            (Own::HeldBack.name(), |s| s.client.own_asks[Own::HeldBack as usize]),
            (Own::Leecher.name(), |s| s.client.own_asks[Own::Leecher as usize]),
            (Own::Moved.name(), |s| s.client.own_asks[Own::Moved as usize]),
            (Own::NewPeer.name(), |s| s.client.own_asks[Own::NewPeer as usize]),
            (Own::WithoutHave.name(), |s| s.client.own_asks[Own::WithoutHave as usize]),
        ],
    )
    .by("reason"),
    Metric::counter(
        "bitswap_client_broadcasts_total",
        "Times all or some peers were asked at once.",
        &[("", |s| s.client.broadcasts)],
    ),
    Metric::counter(
        "bitswap_provider_searches_total",
        "Look-ups of providers started.",
        &[("routing", |s| s.client.lookups)],
    )
    .by("source"),
    Metric::counter(
        "bitswap_provider_found_total",
        "Providers found by look-ups.",
        &[("routing", |s| s.client.providers)],
    )
    .by("source"),
    Metric::gauge("bitswap_client_wants", "Open wants.", &[("", |s| s.gauges.wants)]),
    Metric::gauge(
        "bitswap_client_cids_without_room",
        "CIDs that wait because as many wants are open as may be.",
        &[("", |s| s.gauges.cids_without_room)],
    ),
    Metric::gauge("bitswap_client_wants_asked", "Wants asked for.", &[("", |s| s.gauges.asked)]),
    Metric::gauge(
        "bitswap_client_wants_held_back",
        "Wants that wait: no peer has room for them, or others are searched for first.",
        &[("", |s| s.gauges.held_back)],
    ),
    Metric::gauge("bitswap_client_searches", "Wants searched for.", &[("", |s| s.gauges.searches)]),
    Metric::gauge("bitswap_client_sessions", "Open sessions.", &[("", |s| s.gauges.sessions)]),
    Metric::gauge("bitswap_client_calls", "Open calls.", &[("", |s| s.gauges.calls)]),
    Metric::counter(
        "bitswap_client_local_blocks_total",
        "Wanted blocks that were in the store already.",
        &[("", |s| s.client.local.blocks)],
    ),
    Metric::counter(
        "bitswap_client_local_block_bytes_total",
        "Bytes of wanted blocks that were in the store already.",
        &[("", |s| s.client.local.bytes)],
    ),
    Metric::counter(
        "bitswap_client_broadcast_peers_total",
        "Peers that broadcasts were sent to, summed over all wants.",
        &[("", |s| s.events.broadcast_peers)],
    ),
    Metric::counter(
        "bitswap_client_unawaited_blocks_total",
        "Wanted blocks from a peer that was not asked for them, or whose ask had ended.",
        &[("", |s| s.events.blocks_unawaited)],
    ),
    Metric::counter(
        "bitswap_client_members_replaced_total",
        "Peers that left a full session for one that has a wanted block.",
        &[("", |s| s.events.members_replaced)],
    ),
    Metric::counter(
        "bitswap_client_search_steps_total",
        "Steps of searches, one for each want that a step is about.",
        &[
            ("broadcast", |s| s.events.search_steps[0]),
            ("candidates", |s| s.events.search_steps[1]),
            ("give_up", |s| s.events.search_steps[2]),
            ("look_up", |s| s.events.search_steps[3]),
        ],
    )
    .by("step"),
    Metric::counter(
        "bitswap_provider_searches_ended_total",
        "Look-ups of providers that ended, by whether they found one.",
        &[("found", |s| s.events.lookups_ended[0]), ("none", |s| s.events.lookups_ended[1])],
    )
    .by("outcome"),
    Metric::counter(
        "bitswap_provider_reached_total",
        "Providers found for a want, by what was done to reach them.",
        &[
            ("connected", |s| s.events.reached[0]),
            ("dialled", |s| s.events.reached[1]),
            ("not_dialled", |s| s.events.reached[2]),
        ],
    )
    .by("result"),
    Metric::counter(
        "bitswap_registry_lookups_total",
        "Questions to the registry, by whether it named a peer.",
        &[("hit", |s| s.events.candidates[0]), ("miss", |s| s.events.candidates[1])],
    )
    .by("result"),
];
