//! Cases for the roles that serve blocks: prioritizer and ledger.

use bitswap_core::strategy::{Account, PeerQueueView, RequestView, TaskView, Weight};
use bitswap_core::wire::WantKind;

use super::{Case, Question, WANT, peer};
use crate::fixture::{account, at, queue_view, task_view};

const GIB: u64 = 1 << 30;

pub(super) fn prioritizer() -> Vec<Case> {
    let rank = |about, view| Case::new("rank_peer", about, Question::RankPeer(view));
    let task = |about, view| Case::new("rank_task", about, Question::RankTask(view));
    let waits = PeerQueueView { oldest_task_at: at(59_000), ..queue_view(peer(1)) };
    let served =
        |ago: u64| PeerQueueView { last_served_at: Some(at(60_000 - ago)), ..waits.clone() };
    let busy = PeerQueueView {
        pending_tasks: 1_024,
        pending_bytes: GIB,
        in_flight_bytes_to: 1 << 20,
        ..served(100)
    };
    let most = PeerQueueView {
        weight: Weight::MOST,
        pending_tasks: u32::MAX,
        pending_bytes: u64::MAX,
        in_flight_bytes_to: u64::MAX,
        next_task_bytes: u32::MAX,
        served_since_backlogged: u64::MAX,
        start_tag: u64::MAX,
        turn: u64::MAX,
        sent_to: u64::MAX,
        received_from: u64::MAX,
        ..served(0)
    };
    let last = TaskView {
        bytes: u32::MAX,
        priority: i32::MIN,
        arrival: u64::MAX,
        ..task_view(peer(1), WANT)
    };
    vec![
        rank("1 block waits since 1 s, never served", waits.clone()),
        rank("served 100 ms ago, nothing on its way", served(100)),
        rank("served 30 s ago, nothing on its way", served(30_000)),
        rank("served 100 ms ago, 1 GiB waits, 1 MiB on its way", busy),
        rank("every number at its greatest", most),
        task("1 KiB, priority 1", task_view(peer(1), WANT)),
        task("1 KiB, priority 10", TaskView { priority: 10, ..task_view(peer(1), WANT) }),
        task("least priority, every other number at its greatest", last),
    ]
}

pub(super) fn ledger() -> Vec<Case> {
    let most = Account {
        last_exchange_at: Some(at(60_000)),
        blocks_sent_to: u64::MAX,
        blocks_received_from: u64::MAX,
        duplicate_received_from: u64::MAX,
        unasked_received_from: u64::MAX,
        relayed_sent_to: u64::MAX,
        relayed_received_from: u64::MAX,
        refusals: u32::MAX,
        wants_from_us: u32::MAX,
        asked_of: u32::MAX,
        pending_bytes: u64::MAX,
        in_flight_bytes_to: u64::MAX,
        ..account(peer(1), u64::MAX, u64::MAX)
    };
    let accounts = [
        ("a newcomer", account(peer(1), 0, 0)),
        ("got 1 GiB, gave nothing", account(peer(1), GIB, 0)),
        ("got 1 GiB, gave 1 GiB", account(peer(1), GIB, GIB)),
        ("got nothing, gave 1 GiB", account(peer(1), 0, GIB)),
        ("every number at its greatest", most),
    ];
    let weigh = accounts
        .clone()
        .map(|(about, account)| Case::new("weigh", about, Question::Weigh(account)));
    let admit = accounts
        .map(|(about, account)| Case::new("admit", about, Question::Admit(account, request())));
    weigh.into_iter().chain(admit).collect()
}

/// For a block of 256 KiB.
const fn request() -> RequestView {
    RequestView {
        want: WANT,
        kind: WantKind::Block,
        bytes: Some(262_144),
        priority: 1,
        ttl: 0,
        deferrals: 0,
    }
}
