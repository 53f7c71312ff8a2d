//! Peers that want what we want: asked for HAVE first, and for a block only after it.

use std::time::Duration;

use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence, SessionView};
use bitswap_core::testing::{Driver, Held, blocks, cids_of, peer, selector};
use bitswap_core::wire::BlockPresence::{DontHave, Have, Reachable, Searching};
use bitswap_core::wire::{Entry, ProtocolVersion, WantKind};
use bitswap_core::{AskOutcome, Block, Input, Limits};
use cid::Cid;

const USUAL: usize = 256 * 1024;
const SEEDER: u64 = 1;
const LEECHER: u64 = 2;

#[test]
fn who_wants_what_we_want_is_asked_for_a_block_only_when_it_has_it() {
    let fruit = blocks(0..31, USUAL);
    let mut alice = fetching_from_a_seeder(&fruit[..30]);
    alice.receive_wants(LEECHER, &cids_of(&fruit[28..30]));
    let next = fruit.iter().find(|(cid, _)| alice.asked_for_block(SEEDER, *cid)).cloned();
    alice.receive_block(SEEDER, &next.expect("the seeder has room for two"));
    let asked = (0..30).filter(|at| alice.asked_for_block(SEEDER, fruit[*at].0));
    assert!(asked.max() > Some(15), "any, so that it has something for the other one");
    alice.pass_secs(1);
    let mut waits = cids_of(&fruit[..30]);
    waits.retain(|cid| alice.wanted_of(LEECHER, *cid) == Some(WantKind::Have));
    assert!(!waits.is_empty(), "it may get what waits for room");
    let (last, others) = waits.split_last().expect("more than one waits");
    alice.receive_presences(LEECHER, others, DontHave);
    assert!(!waits.iter().any(|cid| alice.asked_for_block(LEECHER, *cid)), "it has nothing yet");
    alice.want(3, &cids_of(&fruit[30..]));
    let next = alice.wanted_of(LEECHER, fruit[30].0);
    assert_eq!(next, Some(WantKind::Have), "its DONT_HAVEs did not put it out");
    alice.receive_presence(LEECHER, *last, Have);
    assert!(alice.asked_for_block(LEECHER, *last));
}

#[test]
fn who_wanted_it_before_us_is_not_asked_for_the_block_first() {
    let fruit = blocks(0..30, USUAL);
    let mut alice = Driver::default().with_peers(2);
    alice.receive_wants(LEECHER, &cids_of(&fruit[1..]));
    alice.want(1, &cids_of(&fruit[..1]));
    for n in [SEEDER, LEECHER] {
        alice.receive_presence(n, fruit[0].0, Have);
    }
    alice.want(2, &cids_of(&fruit[1..]));
    assert!(asked_of(&alice, LEECHER, &fruit[1..]).is_empty(), "it has nothing yet");
}

#[test]
fn what_leechers_have_is_left_for_them_and_the_rarest_goes_first() {
    let fruit = blocks(0..30, USUAL);
    let mut alice = fetching_from_a_seeder(&fruit);
    alice.receive_wants(LEECHER, &cids_of(&fruit[29..]));
    let first = (0..30).find(|at| alice.asked_for_block(SEEDER, fruit[*at].0));
    alice.receive_block(SEEDER, &fruit[first.expect("the seeder has room for two")]);
    alice.pass_secs(1);
    let is_asked = |at: &usize| alice.wanted_of(LEECHER, fruit[*at].0) == Some(WantKind::Have);
    assert!((0..30).filter(is_asked).count() > 20, "it is asked for HAVE of all that is decided");
    let waits = (0..30).filter(is_asked).filter(|at| !alice.asked_for_block(SEEDER, fruit[*at].0));
    let waits: Vec<usize> = waits.collect();
    let (rare, common) = waits.split_at(3);
    let common: Vec<Cid> = common.iter().map(|at| fruit[*at].0).collect();
    alice.receive_presences(LEECHER, &common, Have);
    for at in asked_of(&alice, SEEDER, &fruit) {
        alice.receive_block(SEEDER, &fruit[at]);
    }
    let next = asked_of(&alice, SEEDER, &fruit);
    assert!(rare.iter().all(|at| next[..3].contains(at)), "{rare:?} first: {next:?}");
}

#[test]
fn what_waits_at_a_seeder_is_moved_to_a_leecher_that_has_it() {
    let fruit = blocks(0..30, USUAL);
    let mut alice = fetching_from_a_seeder(&fruit);
    alice.receive_wants(LEECHER, &cids_of(&fruit[29..]));
    for n in [SEEDER, LEECHER] {
        alice.give(Input::RttMeasured { peer: peer(n), round_trip: Duration::from_millis(20) });
    }
    for _ in 0..4 {
        alice.pass_secs(1);
        alice.give(Input::BytesReceived { peer: peer(SEEDER), bytes: 20_000 });
    }
    let asked = asked_of(&alice, SEEDER, &fruit);
    alice.receive_block(SEEDER, &fruit[asked[0]]);
    let asked = asked_of(&alice, SEEDER, &fruit);
    assert_eq!(asked.len(), Limits::ONLY_SEEDER_BLOCKS as usize, "it can choose");
    let [first, second] = [asked[0], asked[1]].map(|at| fruit[at].0);
    alice.receive_presences(LEECHER, &[first, second], Have);
    alice.pass_secs(1);
    let at = [SEEDER, LEECHER].map(|n| alice.wanted_of(n, second));
    assert_eq!(at, [None, Some(WantKind::Block)], "it takes seconds at the seeder");
    assert!(alice.asked_for_block(SEEDER, first), "it may come already");
}

#[test]
fn a_seeder_of_several_is_asked_for_what_its_window_holds() {
    let fruit = blocks(0..30, USUAL);
    let mut alice = fetching_from_a_seeder(&fruit);
    alice.connect(3);
    let asked = asked_of(&alice, SEEDER, &fruit);
    alice.receive_presence(3, fruit[0].0, Have);
    alice.receive_wants(LEECHER, &cids_of(&fruit[29..]));
    alice.receive_block(SEEDER, &fruit[asked[0]]);
    assert!(asked_of(&alice, SEEDER, &fruit).len() <= 4, "the other one may be much faster");
    assert!(!asked_of(&alice, 3, &fruit).is_empty());
}

#[test]
fn a_leecher_that_lacked_a_block_says_when_it_has_it_and_does_not_send_it() {
    let fruit = blocks(0..30, USUAL);
    let mut alice = Driver::default().with_peers(2);
    alice.want(1, &cids_of(&fruit[..1]));
    alice.receive_presence(SEEDER, fruit[0].0, Have);
    alice.receive_presence(LEECHER, fruit[0].0, Have);
    alice.want(2, &cids_of(&fruit[1..]));
    let lacked: Vec<Cid> =
        asked_of(&alice, LEECHER, &fruit).into_iter().map(|at| fruit[at].0).collect();
    alice.receive_wants(LEECHER, &lacked);
    alice.receive_presences(LEECHER, &lacked, DontHave);
    alice.pass_secs(1);
    let waits = lacked.iter().filter(|cid| !alice.asked_for_block(SEEDER, **cid));
    let told: Vec<_> = waits.map(|cid| alice.wanted_of(LEECHER, *cid)).collect();
    assert!(!told.is_empty(), "the seeder has no room");
    assert!(told.iter().all(|kind| *kind == Some(WantKind::Have)), "{told:?}");
    let entries = alice.sent_to(LEECHER).flat_map(|message| &message.entries);
    let cancels = entries.filter(|entry| matches!(entry, Entry::Cancel { .. })).count();
    assert!(cancels >= told.len(), "a want-have would not replace a want-block");
}

#[test]
fn a_leecher_that_lacks_what_it_says_it_has_is_believed_so_often() {
    let fruit = blocks(0..1, USUAL);
    let mut alice = Driver::default().with_peers(2);
    let cid = fruit[0].0;
    alice.want(1, &[cid]);
    alice.receive_wants(LEECHER, &[cid]);
    for _ in 0..10 {
        alice.receive_presence(LEECHER, cid, Have);
        alice.receive_presence(LEECHER, cid, DontHave);
        alice.pass_secs(1);
    }
    let entries = alice.sent_to(LEECHER).flat_map(|message| &message.entries);
    let asks = entries.filter(|entry| matches!(entry, Entry::Want { kind: WantKind::Block, .. }));
    assert_eq!(asks.count(), 1 + usize::from(Limits::LOSSES));
}

#[test]
fn who_lacks_a_block_is_not_sent_the_want_block_that_waited() {
    let fruit = blocks(0..1, USUAL);
    let mut alice = Driver::default().holding(&[Held::Sends]).with_peers(2);
    let cid = fruit[0].0;
    alice.want(1, &[cid]);
    alice.receive_presence(LEECHER, cid, Have);
    alice.receive_presence(LEECHER, cid, DontHave);
    alice.release();
    alice.pass_secs(1);
    assert_eq!(alice.wanted_of(LEECHER, cid), Some(WantKind::Have));
    assert!(!alice.sent_to(LEECHER).any(|message| message.entries.len() > 1), "nor a cancel");
    alice.receive_presence(LEECHER, cid, Have);
    assert!(alice.asked_for_block(LEECHER, cid), "it has it now");
}

#[test]
fn a_leecher_may_take_longer_than_it_usually_does() {
    let fruit = blocks(0..5, USUAL);
    for leeches in [false, true] {
        let mut alice = Driver::with(selector(InOrder)).with_peers(2);
        for (call, named) in (1..).zip(&fruit[..4]) {
            alice.want(call, &[named.0]);
            alice.receive_presence(1, named.0, Have);
            alice.receive_presence(2, named.0, Have);
            alice.pass_secs(1);
            alice.receive_block(1, named);
        }
        alice.want(5, &[fruit[4].0]);
        if leeches {
            alice.receive_wants(1, &[fruit[4].0]);
        }
        let before = timed_out(&alice);
        alice.pass_secs(4);
        assert_eq!(timed_out(&alice) == before, leeches, "a second is usual");
    }
}

#[test]
fn so_many_at_most_join_for_what_they_want() {
    let fruit = blocks(0..30, USUAL);
    let mut alice = fetching_from_a_seeder(&fruit);
    let crowd = 3..3 + 2 * Limits::LEECHERS as u64;
    for n in crowd.clone() {
        alice.connect(n);
        alice.receive_wants(n, &cids_of(&fruit[28..]));
    }
    alice.receive_block(SEEDER, &fruit[1]);
    alice.pass_secs(1);
    let is_asked =
        |n: &u64| cids_of(&fruit[2..]).iter().any(|cid| alice.wanted_of(*n, *cid).is_some());
    assert_eq!(crowd.filter(is_asked).count(), Limits::LEECHERS);
}

#[test]
fn leechers_alone_are_no_reason_not_to_search() {
    let fruit = blocks(0..2, USUAL);
    let mut alice = Driver::default().with_peers(2);
    alice.want(1, &cids_of(&fruit[..1]));
    alice.receive_wants(LEECHER, &cids_of(&fruit[..1]));
    let before = alice.engine.stats().client.broadcasts;
    alice.want(2, &cids_of(&fruit[1..]));
    assert_eq!(alice.engine.stats().client.broadcasts, before + 1);
}

#[test]
fn who_lacks_a_block_does_not_send_it_later_besides() {
    let fruit = blocks(0..1, USUAL);
    let mut alice = Driver::default().with_peers(2);
    alice.want(1, &cids_of(&fruit));
    let cid = fruit[0].0;
    alice.receive_presence(1, cid, Have);
    assert_eq!(alice.wanted_of(1, cid), Some(WantKind::Block));
    alice.receive_presence(1, cid, DontHave);
    assert_eq!(alice.wanted_of(1, cid), Some(WantKind::Block), "it may get it yet");
    alice.receive_presence(2, cid, Have);
    alice.pass_secs(1);
    assert_eq!([1, 2].map(|n| alice.wanted_of(n, cid)), [None, Some(WantKind::Block)]);
}

#[test]
fn a_relay_that_searches_is_not_waited_for_where_a_member_may_have_it() {
    let fruit = blocks(0..2, USUAL);
    let mut alice = Driver::with(selector(InOrder));
    alice.connect_as(1, ProtocolVersion::Relay);
    alice.connect(2);
    alice.want(1, &cids_of(&fruit[..1]));
    let want_id = relay_id(&alice, 1);
    alice.receive_presence(1, fruit[0].0, Reachable { hops: 1, want_id });
    alice.receive_presence(2, fruit[0].0, Have);
    alice.want(2, &cids_of(&fruit[1..]));
    let cid = fruit[1].0;
    assert_eq!([1, 2].map(|n| alice.asked_for_block(n, cid)), [true, false]);
    let want_id = relay_id(&alice, 1);
    alice.receive_presence(1, cid, Searching { for_ms: 8_000, want_id });
    assert!(alice.asked_for_block(2, cid));
}

/// Asks the member that joined first, of those that may have it.
struct InOrder;

impl PeerSelector for InOrder {
    fn select(&mut self, _ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for (row, want) in session.wants.iter().enumerate() {
            let may_have =
                |(column, _): &(usize, _)| session.presence(row, *column) != Presence::DontHave;
            let mut members = session.peers.iter().enumerate();
            if let Some((_, member)) = members.find(may_have) {
                asks.push(Ask::block(want.want, member.peer, "the first"));
            }
        }
    }
}

fn timed_out(alice: &Driver) -> u64 {
    alice.engine.stats().client.asks_ended[AskOutcome::TimedOut as usize]
}

/// Which of these a peer is asked for as blocks, in the order in which it was.
fn asked_of(alice: &Driver, n: u64, fruit: &[Named]) -> Vec<usize> {
    let entries = alice.sent_to(n).flat_map(|message| &message.entries);
    let places = entries.filter_map(|entry| fruit.iter().position(|(cid, _)| cid == entry.cid()));
    let mut asked: Vec<usize> = Vec::new();
    let is_asked = |place: &usize| alice.wanted_of(n, fruit[*place].0) == Some(WantKind::Block);
    for place in places.filter(is_asked) {
        asked.retain(|other| *other != place);
        asked.push(place);
    }
    asked
}

type Named = (Cid, Block);

/// Alice, who fetches these from the first of two peers, which has room for two of them.
fn fetching_from_a_seeder(fruit: &[Named]) -> Driver {
    let mut alice = Driver::default().with_peers(2);
    alice.want(1, &cids_of(&fruit[..1]));
    alice.receive_presence(SEEDER, fruit[0].0, Have);
    alice.receive_presence(LEECHER, fruit[0].0, DontHave);
    alice.want(2, &cids_of(&fruit[1..]));
    alice
}

/// The id of what a peer may pass on, in the last want that it was sent.
fn relay_id(alice: &Driver, n: u64) -> u64 {
    let entries = alice.sent_to(n).flat_map(|message| &message.entries);
    let ids = entries.filter_map(|entry| match entry {
        Entry::Want { relay, .. } => relay.map(|header| header.want_id),
        Entry::Cancel { .. } => None,
    });
    ids.last().expect("it may be passed on")
}
