//! Whether an answer names only what the question showed. The engine would drop what does not, and
//! the node would be slow for no reason that anybody sees; so such an answer counts as a failure,
//! and the native strategy answers instead.

use std::collections::BTreeSet;

use bitswap_core::strategy::{
    Ask, PeerSet, Presence, RelayPlan, RelayRequestView, RelayView, SearchView, SessionView, Step,
    WantSet,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey};

use crate::script::connected::Connected;
use crate::script::convert::key;
use crate::script::handle::Call;
use crate::script::runner::Wrong;

/// Judges the asks of a call.
///
/// # Errors
/// The first one that would be dropped, with its place in the script.
pub(super) fn asks(session: &SessionView<'_>, call: &Call) -> Result<(), Wrong> {
    if call.asks.is_empty() {
        return Ok(());
    }
    let rows = session.wants.iter().enumerate().chain(session.asked_rows());
    let rows: Vec<_> = rows.map(|(row, want)| (want.want, row)).collect();
    let mut members: Vec<_> = session.peers.iter().map(|peer| peer.peer).zip(0..).collect();
    members.sort_unstable();
    let open = session.in_flight.iter();
    let mut asked: BTreeSet<_> = open.clone().map(|open| (open.want, open.peer)).collect();
    let mut blocks: BTreeSet<_> = open.map(|open| open.want).collect();
    for (ask, place) in &call.asks {
        let wrong = |what| Wrong { place: *place, what };
        let row = rows.iter().find(|(want, _)| *want == ask.want).map(|(_, row)| *row);
        if row.is_none() && !blocks.contains(&ask.want) {
            return Err(wrong(format!("want {} was not shown", key(ask.want.0))));
        }
        let member = members.binary_search_by_key(&ask.peer, |(peer, _)| *peer);
        let column = member.ok().and_then(|place| members.get(place)).map(|(_, column)| *column);
        if column.is_none() && !call.connected.contains(ask.peer) {
            return Err(wrong(stranger(ask.peer)));
        }
        let presence = row.zip(column).map(|(row, column)| session.presence(row, column));
        once(ask, presence, &mut asked, &mut blocks).map_err(wrong)?;
    }
    Ok(())
}

/// Whether a peer is asked for something that it was not asked for.
fn once(
    ask: &Ask,
    presence: Option<Presence>,
    asked: &mut BTreeSet<(CidKey, PeerKey)>,
    blocks: &mut BTreeSet<CidKey>,
) -> Result<(), String> {
    let (want, peer) = (key(ask.want.0), key(ask.peer.0));
    if !asked.insert((ask.want, ask.peer)) {
        return Err(format!("peer {peer} is asked for want {want} twice"));
    }
    match ask.kind {
        WantKind::Block if !blocks.insert(ask.want) && !ask.hedge => {
            Err(format!("another peer is asked for want {want}; say so with #{{ hedge: true }}"))
        }
        WantKind::Have if has_answered(presence) => {
            Err(format!("peer {peer} was asked already whether it has want {want}"))
        }
        WantKind::Block | WantKind::Have => Ok(()),
    }
}

const fn has_answered(presence: Option<Presence>) -> bool {
    matches!(presence, Some(Presence::Asked | Presence::DontHave | Presence::Have))
}

/// Judges a step of a search.
///
/// # Errors
/// It would be dropped.
pub(super) fn step(step: &Step, search: &SearchView, connected: &Connected) -> Result<(), String> {
    match step {
        Step::Ask { want, .. }
        | Step::Candidates { want, .. }
        | Step::Broadcast { wants: WantSet::One(want), .. }
        | Step::GiveUp { wants: WantSet::One(want), .. } => known_want(*want, search)?,
        Step::Broadcast { wants: WantSet::List(wants), .. }
        | Step::GiveUp { wants: WantSet::List(wants), .. } => {
            wants.iter().try_for_each(|want| known_want(*want, search))?;
        }
        Step::Broadcast { .. } | Step::GiveUp { .. } | Step::WaitUntil { .. } => {}
    }
    match step {
        Step::Ask { .. } if search.lookup_running => {
            Err("a look-up is running; wait for it".to_owned())
        }
        Step::Candidates { .. } if search.candidates_asked => {
            Err("the registry was asked already".to_owned())
        }
        Step::Broadcast { peers: PeerSet::List(peers), .. } => all_connected(peers, connected),
        Step::Ask { .. }
        | Step::Broadcast { .. }
        | Step::Candidates { .. }
        | Step::GiveUp { .. }
        | Step::WaitUntil { .. } => Ok(()),
    }
}

fn known_want(want: CidKey, search: &SearchView) -> Result<(), String> {
    if search.wants.iter().any(|row| row.want == want) {
        return Ok(());
    }
    if search.wants.is_empty() {
        return Err("the session wants nothing at the moment; wait".to_owned());
    }
    Err(format!("want {} is not one of the search", key(want.0)))
}

/// Judges a list of peers, each of which may be named once.
///
/// # Errors
/// It would not be obeyed as it is.
pub(super) fn all_connected(peers: &[PeerKey], connected: &Connected) -> Result<(), String> {
    if let Some(peer) = connected.stranger(peers.iter().copied()) {
        return Err(stranger(peer));
    }
    let different: BTreeSet<_> = peers.iter().collect();
    if different.len() < peers.len() {
        return Err("a peer is named twice".to_owned());
    }
    Ok(())
}

/// Judges a plan for a relayed want.
///
/// # Errors
/// It would not be obeyed as it is.
pub(super) fn plan(
    plan: &RelayPlan,
    want: &RelayRequestView,
    view: &RelayView<'_>,
) -> Result<(), String> {
    let different: BTreeSet<_> = plan.to.iter().collect();
    if let Some(peer) = plan.to.iter().find(|peer| !view.eligible.contains(peer)) {
        return Err(format!("peer {} is not eligible", key(peer.0)));
    }
    if different.len() < plan.to.len() {
        return Err("a peer is named twice".to_owned());
    }
    if plan.to.len() > view.degree_left as usize {
        let (count, most) = (plan.to.len(), view.degree_left);
        return Err(format!("{count} peers, of at most {most} (`view.degree_left`)"));
    }
    if !plan.to.is_empty() && plan.ttl >= want.ttl {
        return Err(format!("ttl is {}, and has to be less than {}", plan.ttl, want.ttl));
    }
    Ok(())
}

fn stranger(peer: PeerKey) -> String {
    format!("peer {} was not shown, and is not connected", key(peer.0))
}
