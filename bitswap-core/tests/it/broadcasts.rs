//! What a broadcast asks for, and whom.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bitswap_core::strategy::{Ctx, PeerClass, PeerSet, ProviderFinder, SearchView, Step, WantSet};
use bitswap_core::testing::{Driver, at, block, blocks, call, call_in, cids_of, finder, peer};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::wire::Entry;
use bitswap_core::{CidKey, EngineConfig, Input, Keys, Limits, Timestamp};
use cid::Cid;

#[test]
fn a_broadcast_takes_the_64_oldest_wants_in_order_and_their_pause_begins_anew() {
    let (shown, seen) = channel();
    let limits = Limits { searches_per_session: 100, ..Limits::default() };
    let config = EngineConfig { limits, ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, finder(Repeating(shown))).with_peers(1);
    let cids = cids_of(&blocks(0..100, 9_000));
    alice.give(call(1, &cids));

    let first = alice.sent_to(1).next().expect("it was asked");
    let said: Vec<Cid> = first.entries.iter().map(Entry::cid).copied().collect();
    assert_eq!(said, cids[..64]);

    alice.run_until(at(25_000));
    let keys: Vec<CidKey> = cids[..64].iter().map(|cid| Keys::new(7).cid(cid)).collect();
    let rounds: Vec<_> = seen.try_iter().collect();
    assert!(rounds.iter().all(|(wants, _)| *wants == keys));
    let paused: Vec<_> = rounds.into_iter().map(|(_, since)| since).collect();
    assert_eq!(paused, [None, Some(at(0)), Some(at(10_000))]);
}

#[test]
fn a_broadcast_asks_no_more_peers_than_it_may() {
    let most = |count, set| PeerSet::AtMost(count, Box::new(set));
    let random = || PeerSet::Union(vec![PeerSet::Useful, PeerSet::Random(1)]);
    for (set, expected) in [
        (most(0, PeerSet::All), 0),
        (most(2, PeerSet::All), 2),
        (most(9, PeerSet::All), 5),
        (random(), 1),
        (most(2, PeerSet::Union(vec![random(), PeerSet::All])), 2),
    ] {
        let (said, heard) = channel();
        said.send(set.clone()).expect("it is heard");
        let mut alice = Driver::with(finder(Once(PeerSet::All, heard))).with_peers(5);
        let apple = block(1, 9_000).0;
        alice.give(call(1, &[apple]));
        assert_eq!(asked(&alice, apple).len(), expected, "{set:?}");
    }
}

#[test]
fn useful_local_and_peered_peers_are_asked_and_no_others() {
    let (said, heard) = channel();
    let mut alice = Driver::with(finder(Once(PeerSet::All, heard))).with_peers(6);
    let [apple, pear, plum, fig] = [1, 2, 3, 4].map(|name| block(name, 9_000));
    alice.give(call(1, &[apple.0, pear.0]));
    alice.receive_block(1, &apple);
    alice.receive_presence(2, pear.0, Have);
    alice.receive_presence(6, pear.0, DontHave);
    for (n, class, is_local) in [(3, PeerClass::Other, true), (4, PeerClass::Peered, false)] {
        alice.give(Input::PeerClassified { peer: peer(n), class, is_local });
    }

    let likely = PeerSet::Union(vec![PeerSet::Useful, PeerSet::Local, PeerSet::Peered]);
    said.send(likely).expect("it is heard");
    alice.give(call_in(2, 2, &[plum.0]));
    assert_eq!(asked(&alice, plum.0), [1, 2, 3, 4]);

    for n in [1, 3] {
        alice.disconnect(n);
        alice.connect(n);
    }
    // Who was here a moment ago is spared for a while in any case.
    alice.pass_secs(60);
    alice.give(call_in(3, 3, &[fig.0]));
    assert_eq!(asked(&alice, fig.0), [1, 2, 4], "who sent blocks is useful when it is back");
}

#[test]
fn those_that_were_left_for_later_are_asked_once_the_likely_lack_it() {
    let (said, heard) = channel();
    let mut alice = Driver::with(finder(Once(PeerSet::All, heard))).with_peers(6);
    let [apple, pear] = [1, 2].map(|name| block(name, 9_000));
    alice.give(call(1, &[apple.0]));
    alice.receive_block(1, &apple);
    alice.give(Input::PeerClassified { peer: peer(2), class: PeerClass::Peered, is_local: false });

    said.send(PeerSet::UsefulFirst(1)).expect("it is heard");
    alice.give(call_in(2, 2, &[pear.0]));
    let first = asked(&alice, pear.0);
    assert_eq!((first.len(), &first[..2]), (3, &[1, 2][..]));
    let says = |it: &Entry| matches!(it, Entry::Want { send_dont_have: true, .. });
    for n in &first[..2] {
        let last = alice.sent_to(*n).last().expect("it was asked");
        assert!(last.entries.iter().any(says), "else the others would wait for its silence");
        alice.receive_presence(*n, pear.0, DontHave);
    }
    assert_eq!(asked(&alice, pear.0), first, "the newcomer may have it");
    alice.receive_presence(first[2], pear.0, DontHave);
    assert_eq!(asked(&alice, pear.0), [1, 2, 3, 4, 5, 6]);
}

/// The numbers of the peers that were asked for a CID.
fn asked(alice: &Driver, cid: Cid) -> Vec<u64> {
    (1..=6).filter(|n| alice.wanted_of(*n, cid).is_some()).collect()
}

/// Broadcasts each want once, to these, or to whom was said last.
struct Once(PeerSet, Receiver<PeerSet>);

impl ProviderFinder for Once {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        if search.searched().any(|want| want.broadcast_at.is_none()) {
            self.0 = self.1.try_iter().last().unwrap_or_else(|| self.0.clone());
            return Step::broadcast(WantSet::New, self.0.clone(), "once");
        }
        wait(ctx)
    }
}

/// Broadcasts everything that it is shown each ten seconds, and passes on what that is, and when it
/// was broadcast last.
struct Repeating(Sender<(Vec<CidKey>, Option<Timestamp>)>);

impl ProviderFinder for Repeating {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let last = search.wants.iter().map(|want| want.broadcast_at).min().flatten();
        if last.is_some_and(|last| ctx.now() < last.after(PAUSE)) {
            return wait(ctx);
        }
        let wants = search.wants.iter().map(|want| want.want).collect();
        let _closed = self.0.send((wants, last));
        Step::broadcast(WantSet::All, PeerSet::All, "again")
    }
}

const PAUSE: Duration = Duration::from_secs(10);

fn wait(ctx: &Ctx<'_>) -> Step {
    Step::WaitUntil { at: ctx.now().after(PAUSE), reason: "waits" }
}
