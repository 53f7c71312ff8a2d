//! Searches: how many go on at once, and what keeps one from going on.

use bitswap_core::strategy::{
    Ask, Asks, Ctx, Named, PeerSelector, ProviderFinder, SearchView, SessionView, Step, plain,
};
use bitswap_core::wire::{BlockPresence, Entry, Message, WantKind};
use bitswap_core::{Action, Input, Limits};

use crate::bench::Bench;
use crate::cast::{act, at, block, call_in, engine_with, nothing_here};

#[test]
fn thousands_of_searches_that_give_up_do_so_a_few_at_a_time() {
    const CIDS: usize = 300;
    const SESSIONS: u64 = 5;
    let mut strategies = plain::strategies();
    strategies.provider_finder = Named::new("hopeless", Box::new(Hopeless));
    let mut alice = engine_with(strategies);
    let cids: Vec<_> = (0..CIDS as u64).map(|name| block(name, 9_000).0).collect();
    let mut actions = Vec::new();
    for (session, cids) in (0..SESSIONS).zip(cids.chunks(CIDS / SESSIONS as usize)) {
        let read = act(&mut alice, at(0), call_in(session, session, cids));
        actions.push(nothing_here(&mut alice, at(0), &read));
        actions.push(read);
    }
    while let Some(next) = alice.next_deadline() {
        actions.push(act(&mut alice, next, Input::DeadlineReached));
    }
    let is_failure = |action: &&Action| matches!(action, Action::Fail { .. });
    let failures = actions.iter().flatten().filter(is_failure).count();
    assert_eq!(failures, CIDS);
    let most = actions.iter().map(Vec::len).max();
    assert!(most <= Some(40), "{most:?} actions at once");
}

#[test]
fn a_selector_that_insists_on_a_silent_peer_does_not_keep_us_from_searching() {
    let mut strategies = plain::strategies();
    strategies.peer_selector = Named::new("stubborn", Box::new(Stubborn));
    let mut alice = Bench::of(bitswap_core::EngineConfig::seeded(7), strategies);
    let apple = block(1, 9_000).0;
    alice.connect(1);
    alice.want(1, &[apple]);
    for _ in 0..3 {
        alice.hear_of(1, apple, BlockPresence::Have);
        alice.pass(10);
    }
    let stats = alice.engine.stats();
    assert_eq!((stats.client.block_asks, stats.gauges.searches), (1, 1));
    assert!(stats.client.broadcasts > 1, "it was looked for elsewhere");
}

#[test]
fn a_question_that_waited_for_room_is_not_asked_a_second_time_before_it_is_written() {
    let mut alice = Bench::new(Limits { wants_per_peer: 1, ..Limits::default() });
    let (apple, pear) = (block(1, 9_000).0, block(2, 9_000).0);
    alice.connect(1);
    alice.want(1, &[apple]);
    alice.want(2, &[pear]);
    alice.pass(20);
    alice.holds = true;
    alice.give_up(1);
    for (peer, send) in std::mem::take(&mut alice.unwritten) {
        alice.tell(Input::Sent { peer, send });
    }
    assert!(alice.knows(1, pear).is_some(), "it is on its way");
    alice.pass(20);
    alice.let_go(true);
    alice.pass(5);
    let said = alice.sent_to(1).flat_map(|message| &message.entries);
    let said: Vec<_> = said.filter(|entry| *entry.cid() == pear).collect();
    assert!(matches!(said[..], [Entry::Want { .. }]), "{said:?}");
}

#[test]
fn blocks_asked_of_a_silent_peer_beyond_its_room_are_given_up_within_a_minute() {
    let mut alice = Bench::new(Limits { wants_per_peer: 1, ..Limits::default() });
    let cids: Vec<_> = (0..60).map(|name| block(name, 9_000).0).collect();
    alice.connect(1);
    alice.want(1, &cids);
    let presences = cids.iter().map(|cid| (*cid, BlockPresence::Have)).collect();
    alice.hear(1, Message { presences, ..Message::default() });
    let open = |alice: &Bench| {
        let wants = alice.engine.open_wants(at(0), 0, usize::MAX);
        let asked = wants.into_iter().flat_map(|want| want.asked);
        asked.filter(|asked| asked.open && asked.kind == WantKind::Block).count()
    };
    assert_eq!(open(&alice), 60);
    alice.pass(61);
    assert_eq!(open(&alice), 0);
}

struct Hopeless;

impl ProviderFinder for Hopeless {
    fn next_step(&mut self, _: &mut Ctx<'_>, _: &SearchView) -> Step {
        Step::GiveUp { reason: "hopeless" }
    }
}

/// Asks its first peer, whatever that said and did.
struct Stubborn;

impl PeerSelector for Stubborn {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        if let Some(peer) = session.peers.first() {
            asks.push(Ask::block(session.wants[0].want, peer.peer, "stubborn"));
        }
    }
}
