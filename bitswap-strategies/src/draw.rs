//! What selectors share: who of a session's members is likely to have a want, and draws among them.

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerView, Presence, Reason, SessionView};
use bitswap_core::{Chance, CidKey, Limits, PeerKey};

/// Asks, for each want, one of those that have it, or else of those that may, for the block,
/// drawn with `weight`, which hears the column and the member; and at most `probes` of the others
/// whether they have it. Nobody is asked for a want that all said they do not have, or whose
/// likely holders have no room.
pub fn ask(
    ctx: &mut Ctx<'_>,
    session: &SessionView<'_>,
    asks: &mut Asks,
    probes: usize,
    weight: impl Fn(usize, &PeerView) -> u64,
) {
    let mut drawn = Vec::with_capacity(session.wants.len());
    let mut rooms: Vec<u32> = session.peers.iter().map(|row| row.room).collect();
    for (row, want) in session.wants.iter().enumerate() {
        let weight = |column: usize, peer: &PeerView| {
            let has_room = rooms.get(column).is_some_and(|room| *room > 0);
            if has_room { weight(column, peer) } else { 0 }
        };
        let Some((column, peer, reason)) = likely_holder(ctx.chance(), session, row, weight) else {
            continue;
        };
        asks.push(Ask::block(want.want, peer, reason));
        drawn.push((row, want.want, peer));
        if let Some(room) = rooms.get_mut(column) {
            *room = room.saturating_sub(1);
        }
    }
    probe(ctx.chance(), session, asks, &drawn, probes);
}

/// Asks, for each want for which a holder is asked, at most `probes` of the others whether they
/// have it: after all the blocks, so that no probe takes a block's place in the answer.
pub(crate) fn probe(
    chance: &mut Chance,
    session: &SessionView<'_>,
    asks: &mut Asks,
    drawn: &[(usize, CidKey, PeerKey)],
    probes: usize,
) {
    let mut room = Limits::default().asks_per_answer.saturating_sub(asks.as_slice().len());
    for (row, want, holder) in drawn.iter().copied() {
        let mut others = unasked(session, row, holder);
        keep_some(chance, &mut others, probes.min(room));
        room -= others.len();
        for peer in others {
            asks.push(Ask::have(want, peer, "probe"));
        }
    }
}

/// Which members may be asked for a want, and why: those that have it, or else those that would
/// relay it, or else its providers, or else those that may have it; of those that have room. `None`
/// if all of them said that they do not have it, or there is nobody.
pub fn best_class(session: &SessionView<'_>, row: usize) -> Option<(Class, Reason)> {
    let classes: [(Class, Reason); 4] = [
        (has, "has it"),
        (relays, "would relay it"),
        (provides, "provides it"),
        (may_have, "may have it"),
    ];
    let has_room = |column: &usize| session.peers.get(*column).is_some_and(|peer| peer.room > 0);
    let columns = (0..session.peers.len()).filter(has_room);
    classes
        .into_iter()
        .find(|(fits, _)| columns.clone().any(|column| fits(session.presence(row, column))))
}

/// Whether a member belongs to a class, by what it said of the want.
pub type Class = fn(Presence) -> bool;

fn likely_holder(
    chance: &mut Chance,
    session: &SessionView<'_>,
    row: usize,
    weight: impl Fn(usize, &PeerView) -> u64,
) -> Option<(usize, PeerKey, Reason)> {
    let (fits, reason) = best_class(session, row)?;
    let weights = session.peers.iter().enumerate().map(|(column, peer)| {
        if fits(session.presence(row, column)) { weight(column, peer) } else { 0 }
    });
    let column = chance.weighted(weights)?;
    session.peers.get(column).map(|peer| (column, peer.peer, reason))
}

fn has(presence: Presence) -> bool {
    presence == Presence::Have
}

fn relays(presence: Presence) -> bool {
    presence == Presence::Reachable
}

fn provides(presence: Presence) -> bool {
    presence == Presence::Provider
}

fn may_have(presence: Presence) -> bool {
    matches!(presence, Presence::Unknown | Presence::Asked)
}

fn unasked(session: &SessionView<'_>, row: usize, except: PeerKey) -> Vec<PeerKey> {
    let rows = session.peers.iter().enumerate();
    rows.filter(|(column, peer)| {
        let presence = session.presence(row, *column);
        // Who could not be asked for the block need not say whether it has it.
        let may_matter = peer.peer != except && peer.room > 0;
        may_matter && matches!(presence, Presence::Unknown | Presence::Provider)
    })
    .map(|(_, peer)| peer.peer)
    .collect()
}

/// Keeps `most` of `all`, drawn evenly. Rolls no dice if all can stay.
fn keep_some<T>(chance: &mut Chance, all: &mut Vec<T>, most: usize) {
    if all.len() <= most {
        return;
    }
    chance.sample(all, most);
    all.truncate(most);
}
