//! What selectors share against peers that answer HAVE without sending the block: after each of
//! them more holders are asked, so that the delay grows with the logarithm of their number.

use std::cmp::Reverse;
use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, Presence, SessionView, WantView};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, Limits, PeerKey};

/// Asks further holders for one want of a session for which peers broke their HAVE.
#[derive(Clone, Copy, Debug)]
pub struct BrokenHaves {
    hedges: u32,
}

impl BrokenHaves {
    /// A session that got a block since is not in need of hedges.
    const QUIET: Duration = Duration::from_secs(5);

    /// Asks, for each broken HAVE of a want, so many holders at a time; none if 0.
    pub const fn new(hedges: u32) -> Self {
        Self { hedges }
    }

    /// Adds hedges to `asks`: only while the session gets no blocks, and for one want at a time,
    /// since the other wants follow the peer that sends this one.
    pub fn hedge(self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let gets_blocks =
            session.last_progress_at.is_some_and(|at| ctx.now() < at.after(Self::QUIET));
        if self.hedges == 0 || gets_blocks {
            return;
        }
        let Some((row, want)) = in_doubt(session, asks) else {
            return;
        };
        let limits = Limits::default();
        let goal = want.broken_haves.saturating_mul(self.hedges) as usize;
        let goal = goal.min(limits.block_asks_in_doubt);
        let asked = asked_of(session, asks, want.want);
        let room = goal.saturating_sub(asked.len());
        let room = room.min(limits.asks_per_answer.saturating_sub(asks.as_slice().len()));
        let mut holders: Vec<_> = session
            .candidates(row)
            .filter(|(_, _, said)| matches!(said, Presence::Have | Presence::Reachable))
            .filter(|(_, member, _)| !asked.contains(&member.peer))
            .map(|(_, member, _)| (Reverse(member.first_deliveries), member.peer))
            .collect();
        let all = holders.len();
        ctx.chance().sample(&mut holders, all);
        holders.sort_by_key(|(deliveries, _)| *deliveries);
        for (_, peer) in holders.into_iter().take(room) {
            asks.push(Ask::block(want.want, peer, "after a broken HAVE").hedged());
        }
    }
}

/// The want to hedge: the one that most peers are asked for, if a peer broke its HAVE for it, or
/// the oldest such want. None while one that is not shown is asked of several.
fn in_doubt<'a>(session: &'a SessionView<'_>, asks: &Asks) -> Option<(usize, &'a WantView)> {
    let rows = (0..).zip(session.wants).chain(session.asked_rows());
    let doubted = rows.filter(|(_, want)| want.broken_haves > 0);
    let (asked, Reverse(row), want) = doubted
        .map(|(row, want)| (asked_of(session, asks, want.want).len(), Reverse(row), want))
        .filter(|(asked, _, _)| *asked > 0)
        .max_by_key(|(asked, row, _)| (*asked, *row))?;
    let is_first = asked > 1 || session.in_flight.iter().all(|open| !open.hedged);
    is_first.then_some((row, want))
}

/// The peers that are asked for a block, or will be.
fn asked_of(session: &SessionView<'_>, asks: &Asks, want: CidKey) -> Vec<PeerKey> {
    let open = session.in_flight_for(want).map(|open| open.peer);
    let new = asks.as_slice().iter().filter(|ask| ask.want == want && ask.kind == WantKind::Block);
    open.chain(new.map(|ask| ask.peer)).collect()
}
