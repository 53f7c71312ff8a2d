//! What selectors share: who of a session's members is likely to have a want, and draws among them.

use std::iter;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerView, Presence, Reason, SessionView};
use bitswap_core::{Chance, CidKey, Limits, PeerKey};

/// Which others are asked whether they have a want, beside who is asked for it.
#[derive(Clone, Copy, Debug)]
pub enum Probes {
    /// So many, drawn evenly.
    Even(usize),
    /// As many as can teach something, and at most so many. It depends on how often members lack
    /// what is wanted; of blocks that come in place of a HAVE, at most one that lacked some.
    Useful(usize),
}

/// Asks, for each want, one of those that have it, or else of those that may, for the block,
/// drawn with `weight`, which hears the column and the member; and some of the others whether they
/// have it. Nobody is asked for a want that all said they do not have, or whose likely holders have
/// no room.
pub fn ask(
    ctx: &mut Ctx<'_>,
    session: &SessionView<'_>,
    asks: &mut Asks,
    probes: Probes,
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

/// Asks, for each want for which a holder is asked, some of the others whether they have it: after
/// all the blocks, so that no probe takes a block's place in the answer.
pub(crate) fn probe(
    chance: &mut Chance,
    session: &SessionView<'_>,
    asks: &mut Asks,
    drawn: &[(usize, CidKey, PeerKey)],
    probes: Probes,
) {
    let drawn = if session.peers.len() < 2 { &[] } else { drawn };
    let mut room = Limits::default().asks_per_answer.saturating_sub(asks.as_slice().len());
    let lacking = session.peers.iter().filter(|member| lacks_some(member)).count();
    let come_instead = session.block_bytes.is_some_and(|bytes| bytes <= INLINED_BYTES);
    for (row, want, holder) in drawn.iter().copied() {
        let mut others = unasked(session, row, holder);
        let most = match probes {
            Probes::Even(most) => most,
            Probes::Useful(most) => {
                let failed = session.wants.get(row).map_or(0, |want| want.failed_asks);
                others.retain(|member| !come_instead || lacks_some(member));
                let useful = worth(lacking, session.peers.len(), failed);
                most.min(if come_instead { useful.min(1) } else { useful })
            }
        };
        let most = most.min(room);
        // Rolls no dice if all can stay.
        if others.len() > most {
            chance.sample(&mut others, most);
            others.truncate(most);
        }
        room -= others.len();
        for member in others {
            asks.push(Ask::have(want, member.peer, "probe"));
        }
    }
}

/// Blocks up to this size come in place of a HAVE (as in boxo).
const INLINED_BYTES: u64 = 1_024;

/// Whether the last that a member said is that it lacks something.
const fn lacks_some(member: &PeerView) -> bool {
    member.dont_haves_in_a_row > 0
}

/// How many probes teach something, where so many of the members lack some of what is wanted, and
/// so many of those that were asked for this want lacked it: as many as it takes that with a chance
/// of 19 in 20 one of those that are asked has it; 4 at least once one lacked it, and then all.
fn worth(lacking: usize, members: usize, failed_asks: u32) -> usize {
    if failed_asks > 1 || lacking >= members {
        return usize::MAX;
    }
    let lack = 1_000 * lacking / members;
    let all_lack = iter::successors(Some(lack), |all| Some(all * lack / 1_000));
    all_lack.take_while(|all| *all > 50).count().max(4 * failed_asks as usize)
}

/// Which members may be asked for a want, and why: those that have it, or else its providers, or
/// else those that may have it, of those that have room; those that would relay it only if there
/// is none of these, with or without room. `None` if all of them said that they do not have it, or
/// there is nobody.
pub fn best_class(session: &SessionView<'_>, row: usize) -> Option<(Class, Reason)> {
    let classes: [(Class, Reason); 4] = [
        (|presence| presence == Presence::Have, "has it"),
        (|presence| presence == Presence::Provider, "provides it"),
        (|presence| matches!(presence, Presence::Unknown | Presence::Asked), "may have it"),
        (|presence| presence == Presence::Reachable, "would relay it"),
    ];
    let said = |column| session.presence(row, column);
    let members = || session.peers.iter().enumerate();
    let is_direct = |said| !matches!(said, Presence::DontHave | Presence::Reachable);
    let most = if members().any(|(at, _)| is_direct(said(at))) { 3 } else { 4 };
    let has_room = |fits: Class| members().any(|(at, peer)| peer.room > 0 && fits(said(at)));
    classes.into_iter().take(most).find(|(fits, _)| has_room(*fits))
}

/// Whether a member belongs to a class, by what it said of the want.
pub type Class = fn(Presence) -> bool;

/// One of the members that most likely have a want, drawn with `weight`: its column, who it is and
/// why. `None` where nobody is likely to have it, or all of them weigh nothing.
pub(crate) fn likely_holder(
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

fn unasked<'a>(session: &SessionView<'a>, row: usize, except: PeerKey) -> Vec<&'a PeerView> {
    let rows = session.peers.iter().enumerate();
    rows.filter(|(column, peer)| {
        let presence = session.presence(row, *column);
        // Who could not be asked for the block need not say whether it has it.
        let may_matter = peer.peer != except && peer.room > 0;
        may_matter && matches!(presence, Presence::Unknown | Presence::Provider)
    })
    .map(|(_, peer)| peer)
    .collect()
}
