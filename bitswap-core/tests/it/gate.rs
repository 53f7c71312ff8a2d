//! What strategies answer counts only within the rules.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bitswap_core::strategy::plain::FirstCandidate;
use bitswap_core::strategy::{
    Ask, Asks, Ctx, Named, PeerSelector, PeerSet, ProviderFinder, Registry, SearchView,
    SessionView, Step, StrategySet, plain,
};
use bitswap_core::wire::BlockPresence::Have;
use bitswap_core::wire::Dialect;
use bitswap_core::{CidKey, EngineConfig, Input, Keys, PeerKey, Speaks};

use crate::bench::Bench;
use crate::cast::{SPEAKS, block, peer};

#[test]
fn who_is_connected_but_no_member_is_not_asked() {
    let carol = Keys::new(7).peer(&peer(2));
    let mut alice = bench(selector(Only(carol)));
    for n in 1..=2 {
        alice.connect(n);
    }
    alice.want(1, &[block(1, 9_000).0]);
    alice.hear_of(1, block(1, 9_000).0, Have);
    assert_eq!(corrected(&alice, 0), ["unknown_peer"]);
    assert_eq!(alice.engine.stats().client.block_asks, 0);
}

#[test]
fn who_cannot_say_have_is_not_asked_whether_it_has() {
    let mut alice = bench(selector(Prober));
    let speaks = Speaks { dialect: Dialect::V1_1, ..SPEAKS };
    alice.tell(Input::PeerConnected { peer: peer(1), speaks });
    alice.want(1, &[block(1, 9_000).0]);
    alice.bring(1, &block(1, 9_000));
    alice.want(2, &[block(2, 9_000).0]);
    assert_eq!(corrected(&alice, 0), ["unspeakable"]);
    assert_eq!(alice.engine.stats().client.have_asks, 0);
}

#[test]
fn who_reads_every_block_as_cid_v0_is_not_asked_for_others() {
    let mut alice = bench(plain::strategies());
    let speaks = Speaks { dialect: Dialect::V1_0, ..SPEAKS };
    alice.tell(Input::PeerConnected { peer: peer(1), speaks });
    alice.want(1, &[block(1, 9_000).0]);
    assert_eq!(alice.sent_to(1).count(), 0);
}

#[test]
fn a_broadcast_is_made_once_in_a_moment() {
    let mut set = plain::strategies();
    set.provider_finder = Named::new("loud", Box::new(Loud));
    let mut alice = bench(set);
    alice.connect(1);
    alice.tell(crate::cast::call(1, &[block(1, 9_000).0]));
    assert_eq!(alice.engine.stats().client.broadcasts, 1);
    assert_eq!(corrected(&alice, 3), ["repeated_step"]);
}

#[test]
fn a_registry_names_ten_candidates_at_most() {
    let members = Arc::new(AtomicUsize::default());
    let mut set = selector(Watched(Arc::clone(&members)));
    set.registry = Named::new("all", Box::new(All));
    let mut alice = bench(set);
    for n in 1..=11 {
        alice.connect(n);
    }
    alice.want(1, &[block(1, 9_000).0]);
    assert_eq!(members.load(Ordering::Relaxed), 10);
}

#[test]
fn who_broke_its_word_does_not_join_by_its_word_once_another_kept_its() {
    let members = Arc::new(AtomicUsize::default());
    let mut alice = bench(selector(Watched(Arc::clone(&members))));
    let [apple, pear, plum] = [1, 2, 3].map(|name| block(name, 9_000));
    alice.connect(1);
    alice.connect(2);
    alice.want(1, &[apple.0, pear.0]);
    alice.hear_of(1, apple.0, Have);
    alice.pass(8);
    alice.hear_of(2, apple.0, Have);
    // Her usual time: she is not to seem silent.
    alice.pass(3);
    alice.bring(2, &apple);
    alice.hear_of(2, pear.0, Have);
    alice.hear_of(1, pear.0, Have);
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

/// Never does anything but broadcast.
struct Loud;

impl ProviderFinder for Loud {
    fn next_step(&mut self, _: &mut Ctx<'_>, _: &SearchView) -> Step {
        Step::Broadcast { peers: PeerSet::All, reason: "loud" }
    }
}

/// Names eleven peers.
struct All;

impl Registry for All {
    fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        (1..=11).map(|n| Keys::new(7).peer(&peer(n))).collect()
    }
}

fn bench(set: StrategySet) -> Bench {
    Bench::of(EngineConfig::seeded(7), set)
}

fn selector(selector: impl PeerSelector + 'static) -> StrategySet {
    let mut set = plain::strategies();
    set.peer_selector = Named::new("test", Box::new(selector));
    set
}

/// Why answers of a role were not obeyed.
fn corrected(alice: &Bench, role: usize) -> Vec<&'static str> {
    let corrected = &alice.engine.stats().strategies[role].corrected;
    corrected.iter().map(|(cause, _)| *cause).collect()
}
