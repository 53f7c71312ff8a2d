//! Cases for the roles that get blocks: selector, finder and registry.

use std::time::Duration;

use bitswap_core::strategy::{Presence, RelayRequestView, SearchView, WantPhase};
use bitswap_core::{CidKey, PeerKey, SessionId, Timestamp};

use super::{Case, FIRST_WANT, Question, WANT, peer};
use crate::fixture::{FullSessionRows, SessionRows, at, peer_view};

pub(super) fn selector() -> Vec<Case> {
    let case = |about, rows| Case::new("select", about, Question::Select(Box::new(rows)));
    vec![
        case("4 wants; both have them; 1 answers in 20 ms, 2 in 60 ms", speeds()),
        case("1 want; 1 said HAVE, 2 said nothing, 3 said DONT_HAVE", presences()),
        case("1 want; nobody said anything; 2 brought 9 blocks", deliveries()),
        case("1 want; all said DONT_HAVE", session(1, 3, Presence::DontHave)),
        case("nothing wanted, nobody there", session(0, 0, Presence::Unknown)),
        case("20 wants, 20 members, all have all", session(20, 20, Presence::Have)),
        case("1 want, 200 members, all have it", session(1, 200, Presence::Have)),
        case("256 wants, 256 members, all have all", session(256, 256, Presence::Have)),
        case("256 wants, 256 members, every number at its greatest", greatest()),
        Case::new("evict", "1 brings all, 2 says DONT_HAVE, 3 is slow", evict(full_session())),
        Case::new("evict", "256 members, every number at its greatest", evict(greatest())),
    ]
}

pub(super) fn finder() -> Vec<Case> {
    let case = |about, search| Case::new("next_step", about, Question::NextStep(search));
    let search = |started| {
        let view = SearchView::new(SessionId(1), at(started)).with_want(WANT);
        SearchView { peers_connected: 30, candidates_asked: true, ..view }
    };
    let asked = |ago: u64| {
        let mut view = search(60_000 - ago);
        view.wants[0].broadcast_at = Some(at(60_000 - ago));
        view
    };
    let mut looking = SearchView {
        broadcasts: 1,
        last_broadcast_at: Some(at(59_000)),
        lookups: 1,
        last_lookup_at: Some(at(59_000)),
        lookup_running: true,
        ..asked(2_000)
    };
    looking.wants[0].looked_up_at = looking.last_lookup_at;
    let looked = SearchView { lookup_running: false, providers_found: 3, ..looking.clone() };
    let late = SearchView { broadcasts: 10, lookups: 10, quiet_rounds: 10, ..looked.clone() };
    let mut served = asked(30_000);
    served.wants[0].phase = WantPhase::Asked;
    served.members = 1;
    let most = SearchView {
        broadcasts: u32::MAX,
        lookups: u32::MAX,
        providers_found: u32::MAX,
        quiet_rounds: u32::MAX,
        peers_connected: u32::MAX,
        haves: u32::MAX,
        relayed_haves: u32::MAX,
        pending: u32::MAX,
        in_flight: u32::MAX,
        members: u32::MAX,
        answer_time: Some(Duration::MAX),
        ..late.clone()
    };
    vec![
        case("a search that begins", search(60_000)),
        case("1 broadcast, 10 ms ago", asked(10)),
        case("1 broadcast, 1 s ago, no answer", asked(1_000)),
        case("1 broadcast 2 s ago, a look-up running", looking),
        case("1 broadcast 2 s ago, a look-up that found 3", looked),
        case("10 broadcasts and look-ups, all quiet", late),
        case("a member is asked, and sends nothing for 30 s", served),
        case("every number at its greatest", most),
    ]
}

pub(super) fn registry() -> Vec<Case> {
    let candidates = |about, brought: u64, limit| {
        Case::new("candidates", about, Question::Candidates { limit }).after(brought)
    };
    let relay = |about, ttl, others: u64| {
        let want =
            RelayRequestView { want: WANT, requester: peer(9_999), ttl, seen_at: at(60_000) };
        Case::new("relay", about, Question::Relay(want, (1..=others).map(peer).collect()))
    };
    vec![
        candidates("nobody brought a block yet; at most 10", 0, 10),
        candidates("1, then 2, then 3 brought blocks; at most 2", 3, 2),
        candidates("200 brought blocks; at most 10", 200, 10),
        relay("ttl 1, 5 may have it", 1, 5),
        relay("ttl 2, nobody may have it", 2, 0),
        relay("ttl 4, 1000 may have it", 4, 1_000),
    ]
}

fn speeds() -> SessionRows {
    let mut rows = session(4, 2, Presence::Have);
    for (peer, millis) in rows.peers.iter_mut().zip([20, 60]) {
        peer.answer_time = Some(Duration::from_millis(millis));
    }
    rows
}

fn presences() -> SessionRows {
    session(1, 3, Presence::Unknown).said(peer(1), WANT, Presence::Have).said(
        peer(3),
        WANT,
        Presence::DontHave,
    )
}

fn deliveries() -> SessionRows {
    session(1, 2, Presence::Unknown).delivered(peer(2), 9)
}

fn greatest() -> SessionRows {
    let mut rows = session(256, 256, Presence::Have);
    for peer in &mut rows.peers {
        peer.first_deliveries = u32::MAX;
        peer.recent_deliveries = u32::MAX;
        peer.late_deliveries = u32::MAX;
        peer.timeouts_in_a_row = u32::MAX;
        peer.broken_haves = u32::MAX;
        peer.resets = u32::MAX;
        peer.bytes_in_flight = u64::MAX;
        peer.delivery_rate = Some(u64::MAX);
        peer.answer_time_min = Some(Duration::MAX);
        peer.dont_haves_in_a_row = u32::MAX;
        peer.block_asks_in_flight = u32::MAX;
        peer.answer_time = Some(Duration::MAX);
        peer.round_trip = Some(Duration::MAX);
    }
    for want in &mut rows.wants {
        want.priority = i32::MAX;
        want.failed_asks = u32::MAX;
        want.holders = u32::MAX;
        want.broken_haves = u32::MAX;
    }
    rows.block_asks_in_flight = u32::MAX;
    rows.blocks_received = u64::MAX;
    rows.bytes_received = u64::MAX;
    rows.duplicates = u64::MAX;
    rows.block_bytes = Some(u64::MAX);
    rows
}

fn full_session() -> SessionRows {
    let rows = deliveries().delivered(peer(2), 0).delivered(peer(1), 9);
    let mut rows = rows.known(peer(2), |member| member.dont_haves_in_a_row = 5);
    rows.peers.push(peer_view(peer(3)));
    let times = [20, 60, 900].map(Duration::from_millis);
    for (member, time) in rows.peers.iter_mut().zip(times) {
        member.answer_time = Some(time);
    }
    rows
}

fn evict(rows: SessionRows) -> Question {
    let newcomer = peer_view(peer(1_000));
    let (session, want, peers) = (rows.session, WANT, rows.peers);
    Question::Evict(Box::new(FullSessionRows { session, want, newcomer, peers }))
}

fn session(wants: u64, peers: u64, presence: Presence) -> SessionRows {
    let wants: Vec<_> = (0..wants).map(|number| CidKey(FIRST_WANT + number)).collect();
    let peers: Vec<PeerKey> = (1..=peers).map(peer).collect();
    let mut rows = SessionRows::new(&wants, &peers);
    rows.presences.fill(presence);
    rows.opened_at = Timestamp::ZERO;
    rows
}
