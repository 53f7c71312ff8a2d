//! The names that Kubo 0.42 has for what this node counts as well, so that boards made for Kubo
//! show it: with Kubo's kinds, by which several counts are gauges.

use super::Metric;

pub(super) const METRICS: &[Metric] = &[
    Metric::gauge(
        "ipfs_bitswap_wantlist_total",
        "Number of items in wantlist.",
        &[("", |s| s.gauges.wants)],
    ),
    Metric::gauge(
        "ipfs_bitswap_wanthaves_broadcast",
        "Number of want-haves broadcast.",
        &[("", |s| s.client.own_asks[0])],
    ),
    Metric::gauge(
        "ipfs_bitswap_haves_received",
        "Number of have blocks received.",
        &[("", |s| s.client.haves)],
    ),
    Metric::gauge(
        "ipfs_bitswap_blocks_received",
        "Number of blocks received.",
        &[("", |s| s.client.wanted.blocks + s.client.duplicate.blocks + s.client.unasked.blocks)],
    ),
    Metric::gauge(
        "ipfs_bitswap_pending_tasks",
        "Total number of pending tasks.",
        &[("", |s| s.gauges.tasks)],
    ),
    Metric::counter(
        "exchange_bitswap_wantlists_items_total",
        "Total number of elements in sent wantlists.",
        &[("", |s| s.client.block_asks + s.client.have_asks + s.client.cancels)],
    ),
];
