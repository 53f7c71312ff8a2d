//! Answers of strategies are accepted only within the rules.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bitswap_core::strategy::plain::FirstCandidate;
use bitswap_core::strategy::{
    Ask, Asks, Ctx, Named, PeerSelector, PeerSet, ProviderFinder, Registry, SearchView,
    SessionView, Step, WantSet,
};
use bitswap_core::testing::{Driver, block, call, finder, peer, selector};
use bitswap_core::wire::BlockPresence::Have;
use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{CidKey, Keys, PeerKey};

#[test]
fn who_is_not_connected_is_not_asked() {
    let carol = Keys::new(7).peer(&peer(2));
    let mut alice = Driver::with(selector(Only(carol))).with_peers(1);
    alice.want(1, &[block(1, 9_000).0]);
    alice.receive_presence(1, block(1, 9_000).0, Have);
    assert_eq!(rejected(&alice, 0), ["unknown_peer"]);
    assert_eq!(alice.engine.stats().client.block_asks, 0);
}

#[test]
fn who_cannot_say_have_is_not_asked_whether_it_has() {
    let mut alice = Driver::with(selector(Prober));
    alice.connect_as(1, ProtocolVersion::V1_1);
    alice.want(1, &[block(1, 9_000).0]);
    alice.receive_block(1, &block(1, 9_000));
    alice.want(2, &[block(2, 9_000).0]);
    assert_eq!(rejected(&alice, 0), ["unspeakable"]);
    assert_eq!(alice.engine.stats().client.have_asks, 0);
}

#[test]
fn who_reads_every_block_as_cid_v0_is_not_asked_for_others() {
    let mut alice = Driver::default();
    alice.connect_as(1, ProtocolVersion::V1_0);
    alice.want(1, &[block(1, 9_000).0]);
    assert_eq!(alice.sent_to(1).count(), 0);
}

#[test]
fn a_broadcast_is_made_once_in_a_moment() {
    let mut alice = Driver::with(finder(Loud)).with_peers(1);
    alice.give(call(1, &[block(1, 9_000).0]));
    assert_eq!(alice.engine.stats().client.broadcasts, 1);
    assert_eq!(rejected(&alice, 3), ["repeated_step"]);
}

#[test]
fn a_registry_names_ten_candidates_at_most() {
    let members = Arc::new(AtomicUsize::default());
    let mut set = selector(Watched(Arc::clone(&members)));
    set.registry = Named::new("all", Box::new(All));
    let mut alice = Driver::with(set).with_peers(11);
    alice.want(1, &[block(1, 9_000).0]);
    assert_eq!(members.load(Ordering::Relaxed), 10);
}

#[test]
fn a_selector_may_ask_the_registry_which_counts_as_asked() {
    let mut set = selector(AsksRegistry);
    set.registry = Named::new("all", Box::new(All));
    let mut alice = Driver::with(set).with_peers(11);
    alice.want(1, &[block(1, 9_000).0]);
    assert_eq!(alice.engine.stats().client.block_asks, 1, "of the last of ten");
    let stats = alice.engine.stats();
    assert_eq!((stats.strategies[4].asked, stats.strategies[4].decisions_total()), (2, 2));
    assert_eq!(rejected(&alice, 4), ["too_many"]);
}

#[test]
fn who_broke_its_word_does_not_join_by_its_word_once_another_kept_its() {
    let members = Arc::new(AtomicUsize::default());
    let mut alice = Driver::with(selector(Watched(Arc::clone(&members)))).with_peers(2);
    let [apple, pear, plum] = [1, 2, 3].map(|name| block(name, 9_000));
    alice.want(1, &[apple.0, pear.0]);
    alice.receive_presence(1, apple.0, Have);
    alice.pass_secs(8);
    alice.receive_presence(2, apple.0, Have);
    // Her usual time: she is not to seem silent.
    alice.pass_secs(3);
    alice.receive_block(2, &apple);
    alice.receive_presence(2, pear.0, Have);
    alice.receive_presence(1, pear.0, Have);
    alice.want(2, &[plum.0]);
    assert_eq!(members.load(Ordering::Relaxed), 1, "Carol alone");
}

/// Asks one peer, whoever that is.
struct Only(PeerKey);

impl PeerSelector for Only {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        asks.push(Ask::block(session.wants[0].want, self.0, "only"));
    }
}

/// Only asks whether.
struct Prober;

impl PeerSelector for Prober {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        asks.push(Ask::have(session.wants[0].want, session.peers[0].peer, "whether"));
    }
}

/// The plain one, which notes how many members it saw last.
struct Watched(Arc<AtomicUsize>);

impl PeerSelector for Watched {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        self.0.store(session.peers.len(), Ordering::Relaxed);
        FirstCandidate.select(ctx, session, asks);
    }
}

/// Asks the tenth of those whom the registry names.
struct AsksRegistry;

impl PeerSelector for AsksRegistry {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let want = session.wants[0].want;
        if let [.., last] = ctx.candidates(want, 1_000)[..] {
            asks.push(Ask::block(want, last, "last"));
        }
    }
}

/// Never does anything but broadcast.
struct Loud;

impl ProviderFinder for Loud {
    fn next_step(&mut self, _: &mut Ctx<'_>, _: &SearchView) -> Step {
        Step::broadcast(WantSet::All, PeerSet::All, "loud")
    }
}

/// Names eleven peers.
struct All;

impl Registry for All {
    fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        (1..=11).map(|n| Keys::new(7).peer(&peer(n))).collect()
    }
}

/// Why answers of a role were not obeyed.
fn rejected(alice: &Driver, role: usize) -> Vec<&'static str> {
    let rejected = &alice.engine.stats().strategies[role].rejected;
    rejected.iter().map(|(cause, _)| *cause).collect()
}
