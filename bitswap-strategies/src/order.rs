//! Arithmetic that ranks and weights share.

use bitswap_core::strategy::{Account, Ctx, PeerQueueView, Rank, TaskView};

/// A count as a part of a rank; what no count reaches is the last place, not a negative one.
pub(crate) fn part(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The usual order of a peer's tasks: its own before those that are relayed for it, then by the
/// priority that it gave. What is equal goes by arrival, or as a crowd needs it: that is the
/// engine's.
pub(crate) fn by_priority(ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
    ctx.because("by priority");
    let relayed = i64::from(task.relayed);
    Rank::new([relayed, -i64::from(task.priority), 0, 0])
}

/// What is on its way to a peer, and what it was served since it began to wait, each for its weight
/// and in 16 KiB: less, about the smallest usual block, is no difference.
pub(crate) fn had(peer: &PeerQueueView) -> [i64; 2] {
    let in_flight = peer.weight.divides(peer.in_flight_bytes_to);
    [in_flight, peer.start_tag].map(|bytes| part(bytes / (16 * 1_024)))
}

/// `over / under` in 1/1024, for shares and debts.
pub(crate) fn ratio_1024(over: u64, under: u64) -> u64 {
    let ratio = (u128::from(over) * 1_024).checked_div(u128::from(under));
    ratio.map_or(u64::MAX, |ratio| u64::try_from(ratio).unwrap_or(u64::MAX))
}

/// What a peer gave for each byte that it got, in 1/1024, both with `credit` bytes added: with
/// nothing exchanged it is 1,024.
pub(crate) fn gave_for_got_1024(account: &Account, credit: u64) -> i64 {
    let given = account.received_from.saturating_add(credit);
    part(ratio_1024(given, account.sent_to.saturating_add(credit)))
}
