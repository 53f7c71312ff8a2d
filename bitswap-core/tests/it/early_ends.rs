//! Wants that end as soon as nobody is left to ask, for sessions that want that.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step, WantSet};
use bitswap_core::testing::Held::{Dials, Lookups};
use bitswap_core::testing::{
    Driver, block, blocks, call, call_in, cids_of, finder, messages, peer,
};
use bitswap_core::wire::{BlockPresence, Entry, ProtocolVersion};
use bitswap_core::{Action, Answers, CallId, Failure, Input, LookupId, SessionId, SessionOptions};
use cid::Cid;

#[test]
fn without_peers_and_routers_a_want_ends_at_once() {
    let mut alice = hasty(Driver::default(), false);
    let actions = alice.give(call(1, &[apple()]));
    assert_eq!(failures(&actions), [(CallId(1), Answers::default())]);
    assert_eq!(alice.engine.stats().gauges.wants, 0);
}

#[test]
fn a_session_that_does_not_end_early_waits() {
    let mut alice = Driver::default();
    alice.give(call(1, &[apple()]));
    alice.pass_secs(300);
    assert_eq!(failures(&alice.log), []);
}

#[test]
fn a_want_ends_once_each_peer_has_said_that_it_lacks_the_block() {
    let mut alice = hasty(Driver::default().with_peers(2), false);
    let asks = alice.give(call(1, &[apple()]));
    let entries = messages(&asks).flat_map(|message| &message.entries);
    let says = |entry: &Entry| matches!(entry, Entry::Want { send_dont_have: true, .. });
    assert_eq!(entries.filter(|entry| says(entry)).count(), 2, "both are to say so: {asks:?}");

    assert_eq!(failures(&alice.receive_presence(1, apple(), BlockPresence::DontHave)), []);
    let end = alice.receive_presence(2, apple(), BlockPresence::DontHave);
    let answers = Answers { dont_have: 2, ..Answers::default() };
    assert_eq!(failures(&end), [(CallId(1), answers)]);
}

#[test]
fn a_want_does_not_end_before_all_peers_were_asked() {
    let mut alice = hasty(Driver::with(finder(Near(PeerSet::UsefulFirst(1)))).with_peers(3), false);
    alice.give(call(1, &[apple()]));
    let asked = |alice: &Driver| (1..=3).filter(|n| alice.wanted_of(*n, apple()).is_some()).count();
    assert_eq!(asked(&alice), 1);
    alice.pass_secs(21);
    assert_eq!((asked(&alice), failures(&alice.log)), (3, vec![]));
    alice.pass_secs(21);
    assert_eq!(told(&alice), [(0, 3, 0)]);
}

#[test]
fn many_wants_end_a_few_at_a_time() {
    let mut alice = hasty(Driver::default().with_peers(1), false);
    let cids = cids_of(&blocks(0..64, 9_000));
    alice.give(call(1, &cids));
    alice.receive_presences(1, &cids, BlockPresence::DontHave);
    let at_once = failures(&alice.log).len();
    assert!((1..64).contains(&at_once), "{at_once} at once");
    alice.pass_secs(1);
    assert_eq!(failures(&alice.log).len(), 64);
}

#[test]
fn a_silent_peer_is_waited_for_and_not_for_ever() {
    let mut alice = hasty(Driver::default().with_peers(2), false);
    alice.give(call(1, &[apple()]));
    alice.receive_presence(1, apple(), BlockPresence::DontHave);
    alice.pass_secs(19);
    assert_eq!(failures(&alice.log), []);
    alice.pass_secs(2);
    assert_eq!(told(&alice), [(1, 1, 0)]);
}

#[test]
fn a_peer_that_sends_is_waited_for_however_long_a_block_takes() {
    let mut alice = hasty(Driver::default().with_peers(1), false);
    alice.give(call(1, &[apple()]));
    alice.receive_presence(1, apple(), BlockPresence::Have);
    for _ in 0..60 {
        alice.pass_secs(1);
        alice.give(Input::BytesReceived { peer: peer(1), bytes: 4_000 });
    }
    alice.pass_secs(300);
    assert_eq!(failures(&alice.log), [], "the session times out, and does not end early");
}

#[test]
fn a_peer_that_relays_is_waited_for_until_its_last_word() {
    let mut alice = hasty(Driver::default(), false);
    alice.connect_as(1, ProtocolVersion::Relay);
    let asks = alice.give(call(1, &[apple()]));
    let mut entries = messages(&asks).flat_map(|message| &message.entries);
    let header = entries.find_map(|entry| match entry {
        Entry::Want { relay, .. } => *relay,
        Entry::Cancel { .. } => None,
    });
    let want_id = header.expect("a relay header").want_id;
    let searching = BlockPresence::Searching { for_ms: 8_000, want_id };
    assert_eq!(failures(&alice.receive_presence(1, apple(), searching)), []);
    alice.pass_secs(1);
    let end = alice.receive_presence(1, apple(), BlockPresence::DontHave);
    assert_eq!(failures(&end).len(), 1);
}

#[test]
fn a_peer_that_relays_has_to_be_asked_for_that_first() {
    let mut alice = hasty(Driver::with(finder(Near(PeerSet::All))), false);
    alice.connect_as(1, ProtocolVersion::Relay);
    alice.give(call(1, &[apple()]));
    alice.receive_presence(1, apple(), BlockPresence::DontHave);
    alice.pass_secs(10);
    assert_eq!(failures(&alice.log), []);
}

/// Broadcasts to these, and has nobody relay.
struct Near(PeerSet);

impl ProviderFinder for Near {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let reason = "near";
        if search.searched().all(|want| want.broadcast_at.is_some()) {
            return Step::WaitUntil { at: ctx.now().after(Duration::from_secs(1)), reason };
        }
        let peers = self.0.clone();
        Step::Broadcast { wants: WantSet::New, peers, ttl: Some(0), reason }
    }
}

#[test]
fn providers_are_looked_up_and_dialled_first() {
    let mut alice = hasty(Driver::default().holding(&[Lookups, Dials]), true);
    alice.give(call(1, &[apple()]));
    alice.pass_secs(2);
    let lookup = looked_up(&alice);
    alice.give(Input::ProvidersFound { lookup, peers: vec![peer(1)] });
    alice.give(Input::LookupEnded { lookup });
    assert_eq!(failures(&alice.log), [], "a provider is being dialled");

    let end = alice.give(Input::DialFailed { peer: peer(1) });
    let answers = Answers { lookups: 1, providers: 1, unreachable: 1, ..Answers::default() };
    assert_eq!(failures(&end), [(CallId(1), answers)]);
}

#[test]
fn a_look_up_is_waited_for() {
    let mut alice = hasty(Driver::default().holding(&[Lookups]), true);
    alice.give(call(1, &[apple()]));
    alice.pass_secs(2);
    let lookup = looked_up(&alice);
    assert_eq!(failures(&alice.log), []);
    assert_eq!(failures(&alice.give(Input::LookupEnded { lookup })).len(), 1);
}

#[test]
fn expected_peers_are_waited_for() {
    let mut alice = hasty(Driver::default(), false);
    alice.give(Input::PeersExpected { expected: true });
    alice.give(call(1, &[apple()]));
    alice.pass_secs(30);
    assert_eq!(failures(&alice.log), []);
    let end = alice.give(Input::PeersExpected { expected: false });
    assert_eq!(failures(&end).len(), 1);
}

#[test]
fn a_holder_that_leaves_is_told_of() {
    let mut alice = hasty(Driver::default().with_peers(1), false);
    alice.give(call(1, &[apple()]));
    assert_eq!(failures(&alice.receive_presence(1, apple(), BlockPresence::Have)), []);
    alice.disconnect(1);
    assert_eq!(told(&alice), [(0, 0, 1)]);
}

#[test]
fn who_sent_blocks_and_left_may_come_back() {
    let mut alice = hasty(Driver::default().with_peers(1), false);
    let pear = block(2, 9_000);
    alice.give(call(1, &[pear.0]));
    alice.receive_presence(1, pear.0, BlockPresence::Have);
    alice.receive_block(1, &pear);
    alice.give(call(2, &[apple()]));
    alice.disconnect(1);
    alice.pass_secs(30);
    assert_eq!(failures(&alice.log), []);

    alice.connect(1);
    let end = alice.receive_presence(1, apple(), BlockPresence::DontHave);
    assert_eq!(failures(&end).len(), 1);
}

#[test]
fn a_want_goes_on_for_those_who_wait() {
    let mut alice = hasty(Driver::default().with_peers(1), false);
    let pear = block(2, 9_000);
    alice.give(call(1, &[pear.0]));
    alice.give(call_in(2, 2, &[pear.0]));
    alice.receive_presence(1, pear.0, BlockPresence::DontHave);
    assert_eq!(failures(&alice.log).len(), 1, "only that of the session that ends early");

    let late = alice.receive_block(1, &pear);
    let delivered = late.iter().filter(|action| matches!(action, Action::Write { .. })).count();
    assert_eq!(delivered, 1, "{late:?}");
}

/// A driver whose session 1 ends early.
fn hasty(mut driver: Driver, has_router: bool) -> Driver {
    let options = SessionOptions { ends_early: true, ..SessionOptions::default() };
    driver.give(Input::SessionOpened { session: SessionId(1), options, has_router });
    driver
}

fn apple() -> Cid {
    block(1, 9_000).0
}

fn looked_up(alice: &Driver) -> LookupId {
    let lookups = alice.log.iter().filter_map(|action| match action {
        Action::Lookup { lookup, .. } => Some(*lookup),
        _ => None,
    });
    lookups.last().expect("a look-up")
}

/// The calls that ended because nobody was left, with the answers.
fn failures(actions: &[Action]) -> Vec<(CallId, Answers)> {
    let nobody = |action: &Action| match action {
        Action::Fail { call, why: Failure::NobodyLeft(answers), .. } => Some((*call, *answers)),
        _ => None,
    };
    actions.iter().filter_map(nobody).collect()
}

/// How many peers said DONT_HAVE, were silent and disconnected.
fn told(alice: &Driver) -> Vec<(u32, u32, u32)> {
    let failed = failures(&alice.log).into_iter();
    failed.map(|(_, told)| (told.dont_have, told.silent, told.disconnected)).collect()
}
