//! The events that tell what happened to a want or with a peer, and why.

use std::time::Duration;

use bitswap_core::strategy::{
    Account, Admission, Ctx, LedgerPolicy, ProviderFinder, RequestView, SearchView, Step, WantSet,
    Weight,
};
use bitswap_core::testing::{
    Driver, Held, at, block, blocks, call, cids_of, finder, peer, policy, registry,
};
use bitswap_core::wire::{BlockPresence, Entry, ProtocolVersion, RelayHeader, WantKind};
use bitswap_core::{
    Action, AskOutcome, CidKey, DeadlineReason, EngineConfig, Event, Input, Limits, OwnAsk,
    PeerKey, Reached, RelayConfig, RelayOutcome, SearchStep, SessionId, WantOutcome,
};

use crate::relay::Everywhere;

const SESSION: SessionId = SessionId(1);

#[test]
fn a_fetch_is_told_from_its_call_to_its_block() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 5_000);
    let (want, bob) = keys(&alice, &apple.0);
    alice.events.clear();
    alice.give(call(1, &[apple.0]));
    alice.at(20).receive_presence(1, apple.0, BlockPresence::Have);
    alice.at(50).receive_block(1, &apple);

    let made =
        |kind, own, reason| Event::AskMade { session: SESSION, peer: bob, want, kind, own, reason };
    let ended = |kind, outcome, ms| Event::AskEnded {
        session: SESSION,
        peer: bob,
        want,
        kind,
        outcome,
        after: Duration::from_millis(ms),
    };
    let step = |step, reason| Event::SearchStep { session: SESSION, want, step, reason };
    let (named, joined, reason) = (0, 0, "remembers nothing");
    assert_eq!(
        alice.events,
        [
            Event::WantOpened { session: SESSION, want },
            step(SearchStep::Candidates, "known holders"),
            Event::CandidatesNamed { session: SESSION, want, named, joined, reason },
            step(SearchStep::Broadcast { peers: 1 }, "first look"),
            made(WantKind::Have, Some(OwnAsk::Broadcast), "broadcast"),
            ended(WantKind::Have, AskOutcome::Have, 20),
            made(WantKind::Block, None, "first candidate"),
            ended(WantKind::Block, AskOutcome::Block, 30),
            Event::WantEnded {
                want,
                outcome: WantOutcome::Received,
                after: Duration::from_millis(50)
            },
        ]
    );
}

#[test]
fn a_block_that_comes_after_its_timeout_is_told_with_who_sent_it() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 5_000);
    let (want, bob) = keys(&alice, &apple.0);
    alice.give(call(1, &[apple.0]));
    alice.at(20).receive_presence(1, apple.0, BlockPresence::Have);
    alice.reach(DeadlineReason::DontHaveTimeout);
    let late = Event::BlockUnawaited { peer: bob, want };
    assert!(!alice.events.contains(&late));
    alice.receive_block(1, &apple);
    assert!(alice.events.contains(&late), "{:?}", alice.events);
}

#[test]
fn providers_are_told_with_what_is_done_to_reach_them() {
    let mut alice = Driver::default().holding(&[Held::Lookups, Held::Dials]).with_peers(1);
    let apple = block(1, 5_000).0;
    let (want, _) = keys(&alice, &apple);
    alice.want(1, &[apple]);
    let lookup = alice.log.iter().find_map(|action| match action {
        Action::Lookup { lookup, .. } => Some(*lookup),
        _ => None,
    });
    let lookup = lookup.expect("nobody answers");
    alice.events.clear();
    alice.give(Input::ProvidersFound { lookup, peers: vec![peer(1), peer(2), peer(2)] });
    alice.give(Input::LookupEnded { lookup });

    let reached = |event: &Event| match event {
        Event::ProviderFound { id, reached, want: told, .. } if *told == want => {
            Some((*id, *reached))
        }
        _ => None,
    };
    let told: Vec<_> = alice.events.iter().filter_map(reached).collect();
    let dialled = [(peer(2), Reached::Dialled), (peer(2), Reached::NotDialled)];
    assert_eq!(told, [&[(peer(1), Reached::Connected)][..], &dialled].concat());
    let ended = Event::LookupEnded { session: SESSION, want, found: 3 };
    assert_eq!(alice.events.iter().filter(|event| **event == ended).count(), 1);
}

#[test]
fn a_want_that_is_given_up_is_told_with_the_reason() {
    let mut alice = Driver::with(finder(Hopeless));
    let apple = block(1, 5_000).0;
    let (want, _) = keys(&alice, &apple);
    alice.give(call(1, &[apple]));
    let (step, reason) = (SearchStep::GiveUp, "why try");
    assert!(alice.events.contains(&Event::SearchStep { session: SESSION, want, step, reason }));
}

#[test]
fn who_comes_and_goes_is_told() {
    let mut alice = Driver::default().with_peers(1);
    let (_, bob) = keys(&alice, &block(1, 1).0);
    alice.disconnect(1);
    let came = Event::PeerConnected { peer: bob, id: peer(1) };
    assert_eq!(alice.events, [came, Event::PeerDisconnected { peer: bob }]);
}

#[test]
fn a_served_request_is_told_with_the_reasons_of_policy_and_prioritizer() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 5_000);
    let (want, bob) = keys(&alice, &apple.0);
    alice.store(&apple);
    alice.events.clear();
    alice.receive_wants(1, &[apple.0]);
    let after = Duration::ZERO;
    assert_eq!(
        alice.events,
        [
            Event::RequestDecided {
                peer: bob,
                want,
                kind: WantKind::Block,
                admission: Admission::Serve { reason: "open to all" },
            },
            Event::TurnTaken { peer: bob, blocks: 1, bytes: 5_000, reason: "arrival order" },
            Event::RequestServed { peer: bob, want, bytes: 5_000, after },
        ]
    );
}

#[test]
fn a_deferral_is_told_with_its_end_and_the_last_one_as_the_refusal_that_it_is() {
    let limits = Limits { deferrals: 1, ..Limits::default() };
    let config = EngineConfig { limits, ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, policy(Later)).with_peers(1);
    alice.receive_wants(1, &[block(1, 5_000).0]);
    alice.pass_secs(10);
    let admissions = alice.events.iter().filter_map(|event| match event {
        Event::RequestDecided { admission, .. } => Some(admission.clone()),
        _ => None,
    });
    let until = at(3_000);
    let reason = "later";
    assert_eq!(
        admissions.collect::<Vec<_>>(),
        [Admission::Defer { until, reason }, Admission::Refuse { reason }]
    );
}

#[test]
fn an_evicted_request_is_told() {
    let limits = Limits { requests_per_peer: 1, ..Limits::default() };
    let mut alice = Driver::within(limits).with_peers(1);
    let [apple, pear] = cids_of(&blocks(1..3, 9_000))[..] else { unreachable!("two") };
    let (want, bob) = keys(&alice, &apple);
    let wants = |cid, priority| Entry::Want {
        cid,
        kind: WantKind::Block,
        priority,
        send_dont_have: true,
        relay: None,
    };
    alice.receive_entries(1, &[wants(apple, 1)]);
    alice.receive_entries(1, &[wants(pear, 2)]);
    assert!(alice.events.contains(&Event::RequestEvicted { peer: bob, want }));
}

#[test]
fn a_relayed_want_is_told_with_the_registrys_reason() {
    let relay = RelayConfig { enabled: true, ..RelayConfig::default() };
    let config = EngineConfig { relay, ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, registry(Everywhere));
    alice.connect_as(1, ProtocolVersion::Relay);
    alice.connect_as(2, ProtocolVersion::Relay);
    let apple = block(1, 5_000).0;
    let (want, bob) = keys(&alice, &apple);
    let relay = RelayHeader::new(2, 7, 5_000);
    let (kind, priority, send_dont_have) = (WantKind::Have, 1, true);
    alice.receive_entries(1, &[Entry::Want { cid: apple, kind, priority, send_dont_have, relay }]);
    let (to, ttl, reason) = (1, 1, "everywhere");
    let (requester, carol) = (bob, alice.engine.keys().peer(&peer(2)));
    let planned = Event::RelayPlanned { requester, want, to, ttl, reason };
    let admitted = Event::RelayAdmitted { requester, want, ttl: 2 };
    let asked = Event::RelayAsked { peer: carol, want, kind, ttl };
    let told = [admitted, planned, asked];
    assert!(alice.events.windows(3).any(|three| three == told), "{:?}", alice.events);

    alice.receive_presence(2, apple, BlockPresence::DontHave);
    let outcome = RelayOutcome::DontHave;
    assert_eq!(alice.events.last(), Some(&Event::RelayEnded { requester, want, outcome }));
}

#[test]
fn the_end_of_a_relayed_want_is_told_with_its_cause() {
    let apple = block(1, 5_000).0;
    for outcome in [RelayOutcome::Disconnected, RelayOutcome::Expired, RelayOutcome::RequestEnded] {
        let relay = RelayConfig { enabled: true, ..RelayConfig::default() };
        let config = EngineConfig { relay, ..EngineConfig::seeded(7) };
        let mut alice = Driver::new(config, registry(Everywhere));
        alice.connect_as(1, ProtocolVersion::Relay);
        alice.connect_as(2, ProtocolVersion::Relay);
        let (want, requester) = keys(&alice, &apple);
        let relay = RelayHeader::new(2, 7, 5_000);
        let (kind, priority, send_dont_have) = (WantKind::Have, 1, true);
        let entry = Entry::Want { cid: apple, kind, priority, send_dont_have, relay };
        alice.receive_entries(1, &[entry]);
        match outcome {
            RelayOutcome::Disconnected => drop(alice.disconnect(1)),
            RelayOutcome::Expired | RelayOutcome::DontHave => alice.pass_secs(9),
            RelayOutcome::RequestEnded => {
                alice.receive_entries(1, &[Entry::Cancel { cid: apple }]);
            }
        }
        let ends = |event: &&Event| matches!(event, Event::RelayEnded { .. });
        let ended: Vec<_> = alice.events.iter().filter(ends).cloned().collect();
        assert_eq!(ended, [Event::RelayEnded { requester, want, outcome }]);
    }
}

/// The keys of a CID and of peer number 1.
fn keys(alice: &Driver, cid: &cid::Cid) -> (CidKey, PeerKey) {
    let keys = alice.engine.keys();
    (keys.cid(cid), keys.peer(&peer(1)))
}

struct Hopeless;

impl ProviderFinder for Hopeless {
    fn next_step(&mut self, _: &mut Ctx<'_>, _: &SearchView) -> Step {
        let wants = WantSet::All;
        Step::GiveUp { wants, reason: "why try" }
    }
}

pub(crate) struct Later;

impl LedgerPolicy for Later {
    fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
        Weight::ONE
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        Admission::Defer { until: ctx.now().after(Duration::from_secs(3)), reason: "later" }
    }
}
