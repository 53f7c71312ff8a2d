//! Searches: one for each session, what they ask, and how much of it at once.

use std::time::Duration;

use bitswap_core::strategy::{
    Ask, Asks, Ctx, PeerSelector, PeerSet, ProviderFinder, SearchView, SearchedWant, SessionView,
    Source, Step, WantSet,
};
use bitswap_core::testing::Held::{Lookups, Reads, Sends, Writes};
use bitswap_core::testing::{
    Driver, at, block, blocks, call, call_in, cids_of, finder, peer, selector,
};
use bitswap_core::wire::{BlockPresence, Entry, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{Action, CallId, CallOptions, Input, Limits, NewCall, ReadAnswer, SessionId};

#[test]
fn thousands_of_searches_that_give_up_do_so_a_few_at_a_time() {
    const CIDS: usize = 300;
    const SESSIONS: u64 = 5;
    let mut alice = Driver::with(finder(Hopeless)).holding(&[Reads]);
    let cids = cids_of(&blocks(0..CIDS as u64, 9_000));
    let mut actions = Vec::new();
    for (session, cids) in (0..SESSIONS).zip(cids.chunks(CIDS / SESSIONS as usize)) {
        let read = alice.give(call_in(session, session, cids));
        actions.push(alice.answer_reads(&read, |_| ReadAnswer::Missing));
        actions.push(read);
    }
    while alice.engine.next_deadline().is_some() {
        actions.push(alice.reach_deadline());
    }
    let is_failure = |action: &&Action| matches!(action, Action::Fail { .. });
    let failures = actions.iter().flatten().filter(is_failure).count();
    assert_eq!(failures, CIDS);
    let most = actions.iter().map(Vec::len).max();
    assert!(most <= Some(40), "{most:?} actions at once");
}

#[test]
fn a_broadcast_to_thousands_of_peers_asks_some_of_them_at_a_time() {
    const PEERS: u64 = 3_000;
    let limits = Limits { peers: PEERS as usize, ..Limits::default() };
    let mut alice = Driver::within(limits).holding(&[Sends]).with_peers(PEERS);
    alice.give(call_in(1, 1, &[block(1, 9_000).0]));
    let asked = |alice: &Driver| (1..=PEERS).filter(|n| alice.wants_sent_to(*n) > 0).count();
    assert_eq!(asked(&alice), 1_024);
    alice.reach_deadline();
    assert_eq!(asked(&alice), 2_048);
    alice.run_until(at(5));
    assert_eq!(asked(&alice), PEERS as usize, "the rest follow within milliseconds");
}

#[test]
fn a_session_looks_up_one_want_at_a_time() {
    let mut alice = Driver::default().holding(&[Lookups]);
    alice.want(1, &cids_of(&blocks(0..100, 9_000)));
    alice.pass_secs(60);
    assert_eq!(alice.engine.stats().client.lookups, 1);
}

#[test]
fn a_finder_that_looks_up_without_end_has_one_look_up() {
    let mut alice = Driver::with(finder(Curious { rest: None })).holding(&[Lookups]);
    alice.want(1, &cids_of(&blocks(0..3, 9_000)));
    assert_eq!(alice.engine.stats().client.lookups, 1);
}

#[test]
fn a_want_that_a_member_was_asked_for_in_vain_brings_a_step_of_the_search_at_once() {
    let finder = finder(Curious { rest: Some(Duration::from_secs(50)) });
    let mut alice = Driver::with(finder).holding(&[Lookups]).with_peers(1);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    alice.receive_presence(1, apple, BlockPresence::Have);
    assert!(alice.asked_for_block(1, apple));
    assert_eq!(alice.engine.stats().client.lookups, 0);
    alice.receive_presence(1, apple, BlockPresence::DontHave);
    assert_eq!(alice.engine.stats().client.lookups, 1);
}

#[test]
fn a_session_with_one_slow_provider_asks_others_and_routing() {
    let mut alice = Driver::default().holding(&[Lookups]).with_peers(1);
    let wanted = cids_of(&blocks(0..2, 9_000));
    alice.give(call(1, &wanted));
    alice.receive_presences(1, &wanted, BlockPresence::Have);
    alice.connect(2);
    assert_eq!(alice.wants_sent_to(2), 2, "the wants were broadcast");
    let before = alice.engine.stats().client;
    assert!(wanted.iter().all(|cid| alice.asked_for_block(1, *cid)));

    alice.pass_secs(3);

    let after = alice.engine.stats().client;
    assert!(after.lookups > before.lookups, "the first peer has not sent anything");
    assert!(after.broadcasts > before.broadcasts);
    assert!(wanted.iter().all(|cid| alice.asked_for_block(1, *cid)), "it is still waited for");
}

#[test]
fn a_broadcast_of_a_larger_ttl_reaches_peers_that_were_asked() {
    let mut alice = Driver::with(finder(Widening));
    alice.connect_as(1, ProtocolVersion::Relay);
    let apple = block(1, 9_000).0;
    alice.give(call(1, &[apple]));
    let ttls = |alice: &Driver| -> Vec<_> {
        let entries = alice.sent_to(1).flat_map(|message| &message.entries);
        let header = |entry: &Entry| match entry {
            Entry::Cancel { .. } => None,
            Entry::Want { relay, .. } => relay.as_ref().map(RelayHeader::ttl),
        };
        entries.filter_map(header).collect()
    };
    assert_eq!(ttls(&alice), [1]);
    alice.pass_secs(2);
    assert_eq!(ttls(&alice), [1, 2]);
}

#[test]
fn a_search_ends_with_the_last_want_of_its_session() {
    let mut alice = Driver::default().holding(&[Lookups]).with_peers(1);
    let fruit = blocks(0..2, 9_000);
    alice.want(1, &cids_of(&fruit));
    alice.pass_secs(2);
    alice.receive_block(1, &fruit[0]);
    let is_stop = |action: &Action| matches!(action, Action::StopLookup { .. });
    assert!(!alice.log.iter().any(is_stop), "the other one is still looked for");
    let last = alice.receive_block(1, &fruit[1]);
    assert!(last.iter().any(is_stop), "{last:?}");
    alice.pass_secs(10);
    assert_eq!(alice.engine.next_deadline(), None);
}

#[test]
fn a_selector_that_insists_on_a_silent_peer_does_not_keep_us_from_searching() {
    let mut alice = Driver::with(selector(Stubborn)).with_peers(1);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    for _ in 0..3 {
        alice.receive_presence(1, apple, BlockPresence::Have);
        alice.pass_secs(10);
    }
    let stats = alice.engine.stats();
    assert_eq!((stats.client.block_asks, stats.gauges.searches), (1, 1));
    assert!(stats.client.broadcasts > 1, "it was looked for elsewhere");
}

#[test]
fn a_question_that_waited_for_room_is_not_asked_a_second_time_before_it_is_written() {
    let mut alice = Driver::within(Limits { wants_per_peer: 1, ..Limits::default() }).with_peers(1);
    let (apple, pear) = (block(1, 9_000).0, block(2, 9_000).0);
    alice.want(1, &[apple]);
    alice.want(2, &[pear]);
    alice.pass_secs(20);
    alice.hold(&[Sends, Writes]);
    alice.cancel(1);
    for (peer, send) in alice.open_sends() {
        alice.give(Input::Sent { peer, send });
    }
    assert!(alice.wanted_of(1, pear).is_some(), "it is on its way");
    alice.pass_secs(20);
    alice.release();
    alice.pass_secs(5);
    let said = alice.sent_to(1).flat_map(|message| &message.entries);
    let said: Vec<_> = said.filter(|entry| *entry.cid() == pear).collect();
    assert!(matches!(said[..], [Entry::Want { .. }]), "{said:?}");
}

#[test]
fn blocks_asked_of_a_silent_peer_beyond_its_room_are_given_up_within_a_minute() {
    let mut alice = Driver::within(Limits { wants_per_peer: 1, ..Limits::default() }).with_peers(1);
    let cids = cids_of(&blocks(0..50, 9_000));
    let options = CallOptions { credit: 50, block_bytes: Some(9_000), ..CallOptions::default() };
    let (session, call) = (SessionId(1), CallId(1));
    alice.give(Input::from(NewCall { session, call, cids: cids.clone(), options }));
    alice.receive_presences(1, &cids, BlockPresence::Have);
    let open = |alice: &Driver| {
        let wants = alice.engine.open_wants(at(0), 0, usize::MAX);
        let asked = wants.into_iter().flat_map(|want| want.asked);
        asked.filter(|asked| asked.open && asked.kind == WantKind::Block).count()
    };
    assert_eq!(open(&alice), 50);
    alice.pass_secs(61);
    assert_eq!(open(&alice), 0);
}

#[test]
fn what_made_room_on_a_wantlist_for_others_is_asked_again_while_the_peer_sends() {
    let mut alice = Driver::within(Limits { wants_per_peer: 1, ..Limits::default() }).with_peers(1);
    let (apple, pear) = (block(1, 9_000).0, block(2, 9_000).0);
    alice.want(1, &[apple]);
    alice.receive_presence(1, apple, BlockPresence::Have);
    alice.pass_secs(10);
    alice.give(call_in(2, 2, &[pear]));
    alice.receive_presence(1, pear, BlockPresence::Have);
    alice.pass_secs(1);
    assert_eq!(alice.wanted_of(1, apple), None, "it timed out, and pear has its place");
    for _ in 0..20 {
        alice.pass_secs(1);
        alice.give(Input::BytesReceived { peer: peer(1), bytes: 9_000 });
    }
    let before = alice.sent_to(1).count();
    alice.cancel(2);
    alice.pass_secs(20);
    let mut said = alice.sent_to(1).skip(before).flat_map(|message| &message.entries);
    let is_asked = |entry: &Entry| matches!(entry, Entry::Want { cid, .. } if *cid == apple);
    assert!(said.any(is_asked));
}

const SECOND: Duration = Duration::from_secs(1);

/// Broadcasts once; looks up what was asked for in vain, or everything, again and again.
struct Curious {
    rest: Option<Duration>,
}

impl ProviderFinder for Curious {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        if search.searched().any(|want| want.broadcast_at.is_none()) {
            return Step::broadcast(WantSet::New, PeerSet::All, "first look");
        }
        let is_due = |want: &&SearchedWant| want.failed_asks > 0 || self.rest.is_none();
        let rest = self.rest.unwrap_or_default();
        match search.searched().find(is_due) {
            Some(want) if self.rest.is_none() || !search.lookup_running => Step::Ask {
                want: want.want,
                source: Source::Routing,
                max_providers: 1,
                timeout: SECOND,
                reason: "curious",
            },
            Some(_) | None => Step::WaitUntil { at: ctx.now().after(rest), reason: "patient" },
        }
    }
}

/// Broadcasts with a TTL of 1, and after a second with a TTL of 2.
struct Widening;

impl ProviderFinder for Widening {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let at = search.started_at.after(Duration::from_secs(u64::from(search.broadcasts)));
        if search.broadcasts > 1 || ctx.now() < at {
            return Step::WaitUntil { at: at.max(ctx.now().after(SECOND)), reason: "listens" };
        }
        let ttl = Some(search.broadcasts as u8 + 1);
        Step::Broadcast { wants: WantSet::All, peers: PeerSet::All, ttl, reason: "wider" }
    }
}

struct Hopeless;

impl ProviderFinder for Hopeless {
    fn next_step(&mut self, _: &mut Ctx<'_>, _: &SearchView) -> Step {
        Step::GiveUp { wants: WantSet::All, reason: "hopeless" }
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
