//! When a member would probably have sent one more block, by its answer time, its rate and what it
//! was asked for already.

use std::time::Duration;

use bitswap_core::strategy::{PeerView, Presence, SessionView};
use bitswap_core::{PeerKey, Tuning};

/// What counts for a member of which nothing was measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prior {
    pub(crate) answer_time: Duration,
    pub(crate) bytes_per_s: u64,
}

/// The size of a block of this session: the mean of those that came.
pub(crate) fn block_bytes(session: &SessionView<'_>) -> u64 {
    session.block_bytes.unwrap_or(Tuning::BLOCK_BYTES_GUESS).max(1)
}

/// Time until a member has sent `bytes` more after the `queued` bytes that it was asked for:
/// `answer_time_min + (queued + bytes) / delivery_rate`.
pub(crate) fn time(member: &PeerView, queued: u64, bytes: u64, prior: Prior) -> Duration {
    let rate = member.delivery_rate.unwrap_or(prior.bytes_per_s).max(1);
    let all = u128::from(queued.saturating_add(bytes));
    let micros = u64::try_from(all * 1_000_000 / u128::from(rate)).unwrap_or(u64::MAX);
    let answer = member.answer_time_min.unwrap_or(prior.answer_time);
    answer.saturating_add(Duration::from_micros(micros))
}

/// The bytes that fill the pipe to a member, times `gain` hundredths: `rate · answer_time_min`;
/// `None` before both are known.
pub(crate) fn pipe(member: &PeerView, gain: u32) -> Option<u64> {
    let micros = member.answer_time_min?.as_micros().min(60_000_000);
    let bytes = u128::from(member.delivery_rate?) * micros * u128::from(gain) / 100_000_000;
    Some(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// The columns of members that may have a want, in order of the time that they would need for it.
/// A member that did not say HAVE counts as one of two that have it, and after each DONT_HAVE in a
/// row as one of one more; a block that is relayed travels twice.
pub(crate) fn soonest<'a>(
    session: &'a SessionView<'_>,
    row: usize,
    may: impl Fn(usize, &PeerView, Presence) -> bool,
    time: impl Fn(usize, &PeerView) -> Duration,
) -> Option<(usize, &'a PeerView, Presence)> {
    let all = session.candidates(row).filter(|(_, member, _)| member.room > 0);
    let all = all.filter(|(column, member, presence)| may(*column, member, *presence));
    let expected = |(column, member, presence): &(usize, &PeerView, Presence)| {
        let time = time(*column, member);
        let misses = match presence {
            Presence::Have => 0,
            Presence::Reachable => 1,
            Presence::Asked | Presence::DontHave | Presence::Provider | Presence::Unknown => {
                1_u32.saturating_add(member.dont_haves_in_a_row)
            }
        };
        (time.saturating_mul(misses.saturating_add(1)), tie(member))
    };
    all.min_by_key(expected)
}

/// Decides between equals: keys are seeded hashes, so nobody can mine a favoured one.
const fn tie(member: &PeerView) -> PeerKey {
    member.peer
}
