//! What selectors that leave the choice to chance share: draws among a session's members.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerView, Presence, Reason, SessionView};
use bitswap_core::{Chance, Limits, PeerKey};

/// Asks, for each want, one of those that have it, or else of those that may, for the block,
/// drawn with `weight`; and at most `probes` of the others whether they have it. Nobody is asked
/// for a want that all said they do not have.
pub(crate) fn ask(
    ctx: &mut Ctx<'_>,
    session: &SessionView<'_>,
    asks: &mut Asks,
    probes: usize,
    weight: impl Fn(&PeerView) -> u64,
) {
    let mut drawn = Vec::with_capacity(session.wants.len());
    for (row, want) in session.wants.iter().enumerate() {
        if let Some((peer, reason)) = likely_holder(ctx.chance(), session, row, &weight) {
            asks.push(Ask::block(want.want, peer, reason));
            drawn.push((row, want.want, peer));
        }
    }
    // After all the blocks, so that no probe takes a block's place in the answer.
    let mut room = Limits::default().asks_per_answer.saturating_sub(drawn.len());
    for (row, want, holder) in drawn {
        let mut others = unasked(session, row, holder);
        keep_some(ctx.chance(), &mut others, probes.min(room));
        room -= others.len();
        for peer in others {
            asks.push(Ask::have(want, peer, "probe"));
        }
    }
}

fn likely_holder(
    chance: &mut Chance,
    session: &SessionView<'_>,
    row: usize,
    weight: &impl Fn(&PeerView) -> u64,
) -> Option<(PeerKey, Reason)> {
    let mut among = |fits: fn(Presence) -> bool| {
        let weights = session.peers.iter().enumerate().map(|(column, peer)| {
            if fits(session.presence(row, column)) { weight(peer) } else { 0 }
        });
        let column = chance.weighted(weights)?;
        session.peers.get(column).map(|peer| peer.peer)
    };
    let has = among(|presence| presence == Presence::Have).map(|peer| (peer, "has it"));
    has.or_else(|| among(may_have).map(|peer| (peer, "may have it")))
}

fn may_have(presence: Presence) -> bool {
    matches!(presence, Presence::Unknown | Presence::Asked)
}

fn unasked(session: &SessionView<'_>, row: usize, except: PeerKey) -> Vec<PeerKey> {
    let rows = session.peers.iter().enumerate();
    rows.filter(|(column, peer)| {
        peer.peer != except && session.presence(row, *column) == Presence::Unknown
    })
    .map(|(_, peer)| peer.peer)
    .collect()
}

/// Keeps `most` of `all`, drawn evenly. Rolls no dice if all can stay.
fn keep_some<T>(chance: &mut Chance, all: &mut Vec<T>, most: usize) {
    if all.len() <= most {
        return;
    }
    for place in 0..most {
        let rest = (all.len() - place) as u64;
        all.swap(place, place + chance.below(rest) as usize);
    }
    all.truncate(most);
}
