//! Views as people read them: each on one line.

use std::time::Duration;

use bitswap_core::strategy::{
    Account, FullSessionView, PeerQueueView, PeerView, Presence, RelayRequestView, RequestView,
    SearchView, SessionView, TaskView,
};

/// Members that are told one by one.
const MEMBERS: usize = 4;

pub(crate) fn session(view: &SessionView<'_>) -> String {
    let mut parts = vec![format!(
        "session {}: {}, {}, {} in flight",
        view.session.0,
        count(view.wants.len(), "want"),
        count(view.peers.len(), "member"),
        view.block_asks_in_flight
    )];
    let members = view.peers.iter().enumerate().take(MEMBERS);
    parts.extend(members.map(|(column, member)| self::member(view, column, member)));
    if let Some(more) = view.peers.len().checked_sub(MEMBERS).filter(|more| *more > 0) {
        parts.push(format!("{more} more"));
    }
    parts.join("; ")
}

fn member(view: &SessionView<'_>, column: usize, member: &PeerView) -> String {
    let rows = 0..view.wants.len();
    let said =
        |presence| rows.clone().filter(|row| view.presence(*row, column) == presence).count();
    let (has, lacks) = (said(Presence::Have), said(Presence::DontHave));
    let open = member.block_asks_in_flight;
    let answers = member.answer_time.map(|time| format!(", answers in {}", ms(time)));
    let answers = answers.unwrap_or_default();
    format!("{}: {has} HAVE, {lacks} DONT_HAVE, {open} in flight{answers}", member.peer.0)
}

pub(crate) fn full_session(view: &FullSessionView<'_>) -> String {
    let (session, newcomer) = (view.session.0, view.newcomer.peer.0);
    let members = count(view.peers.len(), "member");
    format!("session {session}: full with {members}, none of which has what peer {newcomer} has")
}

pub(crate) fn search(view: &SearchView) -> String {
    format!(
        "session {}: {}, {} of them searched for, {}, {} connected, {}, {}, {} found",
        view.session.0,
        count(view.wants.len(), "want"),
        view.searched().count(),
        count(view.members as usize, "member"),
        view.peers_connected,
        count(view.broadcasts as usize, "broadcast"),
        count(view.lookups as usize, "look-up"),
        view.providers_found
    )
}

pub(crate) fn queue(view: &PeerQueueView) -> String {
    format!(
        "peer {}: {} queued with {} KiB, {} KiB in flight, weight {}, sent {} KiB, got {} KiB",
        view.peer.0,
        count(view.pending_tasks as usize, "block"),
        view.pending_bytes >> 10,
        view.in_flight_bytes_to >> 10,
        view.weight.get(),
        view.sent_to >> 10,
        view.received_from >> 10
    )
}

pub(crate) fn task(view: &TaskView) -> String {
    let TaskView { peer, want, bytes, priority, arrival, .. } = view;
    format!("task {} of peer {}: {bytes} B, priority {priority}, number {arrival}", want.0, peer.0)
}

pub(crate) fn account(view: &Account) -> String {
    let Account { peer, sent_to, received_from, .. } = view;
    format!("peer {}: sent {} KiB, got {} KiB", peer.0, sent_to >> 10, received_from >> 10)
}

pub(crate) fn request(view: &RequestView) -> String {
    let size =
        view.bytes.map_or_else(|| "of unknown size".to_owned(), |bytes| format!("{bytes} B"));
    format!("request {}: {size}, deferred {}", view.want.0, count(view.deferrals as usize, "time"))
}

pub(crate) fn relay(want: &RelayRequestView, eligible: usize) -> String {
    let RelayRequestView { want, requester, ttl, .. } = want;
    format!("want {} of peer {} with ttl {ttl}, {eligible} eligible", want.0, requester.0)
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn ms(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}
