//! What peer selectors are shown of their session, and when they are asked again.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, InFlight, PeerSelector, PeerView, Presence, SessionView,
};
use bitswap_core::testing::{
    Driver, Held, at, block, blocks, call, call_in, cids_of, peer, selector,
};
use bitswap_core::wire::BlockPresence::{DontHave, Have, Reachable};
use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{EngineConfig, Input, Keys, Limits, PeerKey};

#[test]
fn a_selector_is_asked_again_when_it_said_and_sees_what_is_in_flight() {
    let (hedger, seen) = hedger(Some(Duration::from_millis(100)));
    let mut alice = Driver::with(selector(hedger)).holding(&Held::NETWORK).with_peers(2);
    let apple = block(1, 9_000);
    alice.give(call(1, &[apple.0]));
    alice.at(10).receive_presence(1, apple.0, Have);
    alice.receive_presence(2, apple.0, Have);
    assert_eq!(alice.engine.stats().client.block_asks, 1);
    assert_eq!(alice.engine.next_deadline(), Some(at(110)));
    assert!(seen.try_iter().all(|seen| seen.asked.is_empty()));

    alice.reach_deadline();

    let want = Keys::new(7).cid(&apple.0);
    let first = InFlight { want, peer: key(1), since: at(10), hedged: false };
    let shown = seen.recv().map(|seen| (seen.wants, seen.asked, seen.in_flight));
    assert_eq!(shown, Ok((0, vec![2], vec![first])));
    assert_eq!(alice.engine.stats().client.block_asks, 2);
    alice.at(210).reach_deadline();
    let hedge = InFlight { want, peer: key(2), since: at(110), hedged: true };
    assert_eq!(seen.recv().map(|seen| seen.in_flight), Ok(vec![first, hedge]));
    alice.receive_block(1, &apple);
    alice.release();
    assert_eq!(alice.engine.next_deadline(), None, "nothing is in flight");
}

#[test]
fn a_selector_that_wants_to_be_asked_at_once_is_asked_a_millisecond_later() {
    let (hedger, seen) = hedger(Some(Duration::ZERO));
    let mut alice = Driver::with(selector(hedger)).holding(&Held::NETWORK).with_peers(1);
    alice.give(call(1, &[block(1, 9_000).0]));
    alice.at(10).receive_presence(1, block(1, 9_000).0, Have);
    assert_eq!(seen.try_iter().count(), 1);
    assert_eq!(alice.engine.next_deadline(), Some(at(11)));
}

#[test]
fn a_peer_that_is_asked_becomes_a_member_while_there_is_room() {
    let asked = |members: usize| {
        let (sender, seen) = channel();
        let outsider = Outsider { peer: key(2), seen: sender };
        let limits = Limits { session_members: members, ..Limits::default() };
        let config = EngineConfig { limits, ..EngineConfig::seeded(7) };
        let mut alice = Driver::new(config, selector(outsider)).with_peers(2);
        alice.want(1, &[block(1, 9_000).0]);
        alice.receive_presence(1, block(1, 9_000).0, Have);
        alice.receive_presence(1, block(2, 9_000).0, Have);
        alice.want(2, &[block(2, 9_000).0]);
        let rejected: Vec<_> =
            alice.engine.stats().strategies[0].rejected.iter().map(|(cause, _)| *cause).collect();
        (alice.engine.stats().client.block_asks, seen.try_iter().last(), rejected)
    };
    assert_eq!(asked(2), (2, Some(2), vec![]));
    assert_eq!(asked(1).2, ["no_room"]);
}

#[test]
fn a_selector_that_asks_outsiders_decides_before_a_session_has_members() {
    let (sender, seen) = channel();
    let mut alice = Driver::with(selector(Outsider { peer: key(2), seen: sender })).with_peers(2);
    alice.want(1, &[block(1, 9_000).0]);
    assert!(alice.asked_for_block(2, block(1, 9_000).0));
    assert_eq!(seen.try_iter().next(), Some(0), "members");
}

#[test]
fn a_selector_is_asked_again_when_a_have_is_broken_while_another_peer_is_asked() {
    let (hedger, seen) = hedger(None);
    let mut alice = Driver::with(selector(hedger)).with_peers(3);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.receive_presence(1, apple, Have);
    alice.receive_presence(3, apple, Have);
    seen.try_iter().for_each(drop);

    alice.receive_presence(3, apple, DontHave);
    let last = seen.try_iter().last().unwrap();
    assert_eq!((last.wants, last.asked, last.in_flight.len()), (0, vec![1], 1));
}

#[test]
fn a_peer_that_would_relay_a_block_is_told_apart_from_one_that_has_it() {
    let (hedger, seen) = hedger(None);
    let mut alice = Driver::with(selector(hedger)).with_peers(1);
    alice.connect_as(2, ProtocolVersion::Relay);
    let [apple, pear] = [block(1, 9_000).0, block(2, 9_000).0];
    alice.want(1, &[apple, pear]);
    alice.receive_presence(1, pear, Have);
    alice.receive_presence(2, apple, Reachable { hops: 1, want_id: 7 });
    alice.receive_presence(1, apple, DontHave);

    let shown = seen.try_iter().flat_map(|seen| seen.presences).collect::<Vec<_>>();
    assert!(shown.contains(&Presence::Have) && shown.contains(&Presence::Reachable), "{shown:?}");

    alice.want(2, &[block(3, 9_000).0]);
    let next = seen.try_iter().next().map(|seen| seen.presences).unwrap_or_default();
    assert_eq!(next[2..], [Presence::Unknown, Presence::Reachable], "{next:?}");
}

#[test]
fn recent_deliveries_are_halved_after_64_blocks_and_forgotten_with_lost_messages() {
    let (hedger, seen) = hedger(None);
    let mut alice = Driver::with(selector(hedger)).with_peers(2);
    let all = blocks(1..=70, 9_000);
    alice.want(1, &cids_of(&all));
    for block in &all[..63] {
        alice.receive_block(1, block);
    }
    alice.receive_block(2, &all[63]);
    let last = |seen: &Receiver<Seen>| seen.try_iter().last().map(|seen| seen.peers);
    let ask_again = |alice: &mut Driver, n: u64| alice.want(n, &[block(100 + n, 9).0]);
    ask_again(&mut alice, 2);
    let of = |peers: &[PeerView], n| {
        let row = peers.iter().find(|row| row.peer == key(n)).cloned();
        row.map(|row| (row.first_deliveries, row.recent_deliveries, row.late_deliveries))
    };
    let peers = last(&seen).unwrap_or_default();
    assert_eq!((of(&peers, 1), of(&peers, 2)), (Some((63, 31, 0)), Some((1, 0, 0))));

    alice.receive_block(1, &all[64]);
    alice.receive_block(2, &all[64]);
    alice.give(Input::PeerReset { peer: peer(1) });
    ask_again(&mut alice, 3);
    let peers = last(&seen).unwrap_or_default();
    assert_eq!((of(&peers, 1), of(&peers, 2)), (Some((64, 0, 0)), Some((1, 0, 1))));
    assert_eq!(peers.iter().map(|row| row.resets).max(), Some(1));
}

#[test]
fn a_session_sees_its_bytes_and_each_peer_its_rate() {
    let (hedger, seen) = hedger(None);
    let mut alice = Driver::with(selector(hedger)).with_peers(2);
    let [apple, pear] = [block(1, 10_000), block(2, 10_000)];
    alice.want(1, &[apple.0, pear.0]);
    alice.receive_presence(1, apple.0, Have);
    alice.now = at(1_100);
    alice.receive_block(1, &apple);
    alice.want(2, &[block(3, 9).0]);

    let last = seen.try_iter().last().unwrap();
    assert_eq!((last.bytes, last.block_bytes), (10_000, Some(10_000)));
    let row = |n| last.peers.iter().find(|row| row.peer == key(n)).unwrap();
    assert_eq!(row(1).delivery_rate, Some(100_000), "10,000 bytes in 100 ms");
    assert_eq!(row(1).answer_time_min, Some(Duration::from_millis(100)));
}

#[test]
fn a_session_is_shown_what_others_ask_of_its_members() {
    let (hedger, seen) = hedger(None);
    let mut alice = Driver::with(selector(hedger)).with_peers(1);
    let all: Vec<_> = (1..=5).map(|name| block(name, 9_000)).collect();
    for (session, block) in (1..).zip(&all[..2]) {
        alice.give(call_in(session, session, &[block.0]));
        alice.receive_block(1, block);
    }
    alice.give(call_in(1, 3, &[all[2].0]));
    let in_flight = |seen: &Receiver<Seen>| {
        let last = seen.try_iter().last().map(|seen| seen.peers).unwrap_or_default();
        last.first().map(|row| (row.block_asks_in_flight, row.bytes_in_flight))
    };
    in_flight(&seen);

    alice.give(call_in(2, 4, &[all[3].0]));
    assert_eq!(in_flight(&seen), Some((1, 262_144)), "the other session's");
    alice.receive_block(1, &all[2]);
    alice.receive_block(1, &all[3]);
    alice.give(call_in(2, 5, &[all[4].0]));
    assert_eq!(in_flight(&seen), Some((0, 0)), "both were answered");
}

#[test]
fn a_peer_that_does_not_send_what_it_has_is_shown_as_such() {
    let (hedger, seen) = hedger(None);
    let mut alice = Driver::with(selector(hedger)).with_peers(2);
    let [apple, pear] = [block(1, 10_000).0, block(2, 10_000).0];
    alice.want(1, &[apple, pear]);
    alice.receive_presence(1, apple, Have);
    alice.receive_presence(1, apple, DontHave);
    alice.receive_presence(2, apple, Have);

    let last = seen.try_iter().last().unwrap();
    let broken: Vec<_> = last.peers.iter().map(|row| row.broken_haves).collect();
    assert_eq!(broken, [1, 0]);
    assert_eq!(last.haves.first(), Some(&(1, 1)), "one has it, one broke its word");
}

/// What a selector was shown.
#[derive(Debug)]
struct Seen {
    wants: usize,
    /// How many candidates there are for each want in flight that is shown.
    asked: Vec<usize>,
    in_flight: Vec<InFlight>,
    peers: Vec<PeerView>,
    /// For each want the members that have it, and those that said so and did not send it.
    haves: Vec<(u32, u32)>,
    bytes: u64,
    block_bytes: Option<u64>,
    presences: Vec<Presence>,
}

/// Asks the first member for each want; when asked again, the second for what is in flight.
struct Hedger {
    after: Option<Duration>,
    seen: Sender<Seen>,
}

fn hedger(after: Option<Duration>) -> (Hedger, Receiver<Seen>) {
    let (seen, receiver) = channel();
    (Hedger { after, seen }, receiver)
}

impl PeerSelector for Hedger {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let _closed = self.seen.send(Seen {
            wants: session.wants.len(),
            asked: session.asked_rows().map(|(row, _)| session.candidates(row).count()).collect(),
            in_flight: session.in_flight.to_vec(),
            peers: session.peers.to_vec(),
            haves: session.wants.iter().map(|want| (want.holders, want.broken_haves)).collect(),
            bytes: session.bytes_received,
            block_bytes: session.block_bytes,
            presences: session.presences.to_vec(),
        });
        for want in session.wants {
            asks.push(Ask::block(want.want, session.peers[0].peer, "first"));
        }
        if let ([open], Some(second)) = (session.in_flight, session.peers.get(1)) {
            asks.push(Ask::block(open.want, second.peer, "second").hedged());
        }
        if let Some(after) = self.after {
            asks.wake_at(ctx.now().after(after));
        }
    }
}

/// Asks one peer, whether or not it is a member.
struct Outsider {
    peer: PeerKey,
    seen: Sender<usize>,
}

impl PeerSelector for Outsider {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let _closed = self.seen.send(session.peers.len());
        for want in session.wants {
            asks.push(Ask::block(want.want, self.peer, "outsider"));
        }
    }

    fn asks_outsiders(&self) -> bool {
        true
    }
}

/// The key of the peer number `n`.
fn key(n: u64) -> PeerKey {
    Keys::new(7).peer(&peer(n))
}
