//! Which member gives its place in a full session to a peer that has what is wanted.

use bitswap_core::strategy::plain::FirstCandidate;
use bitswap_core::strategy::{Asks, Ctx, FullSessionView, PeerSelector, SessionView, StrategySet};
use bitswap_core::testing::{Driver, Held, block, call, peer, selector};
use bitswap_core::wire::BlockPresence::{DontHave, Have};
use bitswap_core::{CidKey, EngineConfig, Event, Keys, Limits, PeerKey, SessionId};

#[test]
fn the_member_with_the_most_dont_haves_in_a_row_leaves_by_default() {
    let alice = full_session_meets_a_holder(selector(FirstCandidate));
    assert_eq!(members(&alice), [1, 3]);
    assert_eq!(told(&alice), [(key(3), key(2), Some("least useful"))]);
    assert_eq!(decided(&alice, "least useful"), 1);
}

#[test]
fn the_selector_decides_which_member_leaves() {
    let alice = full_session_meets_a_holder(selector(Evicts(Some(key(1)))));
    assert_eq!(members(&alice), [2, 3]);
    assert_eq!(told(&alice), [(key(3), key(1), Some("the test says so"))]);
    assert_eq!(decided(&alice, "the test says so"), 1);
}

#[test]
fn a_selector_that_names_no_member_has_no_say() {
    for (answer, rejected) in [
        (Some(key(9)), vec![("no_member", 1)]),
        (Some(key(3)), vec![("no_member", 1)]),
        (None, vec![]),
    ] {
        let alice = full_session_meets_a_holder(selector(Evicts(answer)));
        assert_eq!(members(&alice), [1, 3]);
        assert_eq!(told(&alice), [(key(3), key(2), None)], "the engine chose");
        assert_eq!(alice.engine.stats().strategies[0].rejected, rejected);
        assert_eq!(decided(&alice, "the test says so"), 0);
    }
}

/// Two members, of which the first sent a block and said DONT_HAVE once, and the second sent a
/// block and said DONT_HAVE twice; then a third peer has what both lack.
fn full_session_meets_a_holder(set: StrategySet) -> Driver {
    let limits = Limits { session_members: 2, ..Limits::default() };
    let config = EngineConfig { limits, ..EngineConfig::seeded(7) };
    let mut alice = Driver::new(config, set).holding(&Held::NETWORK).with_peers(3);
    let [apple, fig, pear, plum] = [1, 2, 3, 4].map(|name| block(name, 9_000));
    alice.give(call(1, &[apple.0, fig.0, pear.0, plum.0]));
    alice.at(1).receive_block(1, &apple);
    alice.at(2).receive_block(2, &fig);
    alice.at(3).receive_presence(1, pear.0, DontHave);
    alice.at(4).receive_presence(2, pear.0, DontHave);
    alice.at(5).receive_presence(2, plum.0, DontHave);
    assert_eq!(members(&alice), [1, 2]);
    alice.at(6).receive_presence(3, pear.0, Have);
    alice
}

fn key(name: u64) -> PeerKey {
    Keys::new(7).peer(&peer(name))
}

fn members(alice: &Driver) -> Vec<u64> {
    (1..=3).filter(|name| alice.engine.is_member(&peer(*name))).collect()
}

fn decided(alice: &Driver, reason: &str) -> u64 {
    let decisions = &alice.engine.stats().strategies[0].decisions;
    decisions.iter().find(|(said, _)| *said == reason).map_or(0, |(_, count)| *count)
}

/// Who joined, who left, and why.
fn told(alice: &Driver) -> Vec<(PeerKey, PeerKey, Option<&'static str>)> {
    let pear = Keys::new(7).cid(&block(3, 9_000).0);
    let told = alice.events.iter().filter_map(|event| match event {
        Event::MemberReplaced { session: SessionId(1), want, newcomer, evicted, reason } => {
            assert_eq!(*want, pear);
            Some((*newcomer, *evicted, *reason))
        }
        _ => None,
    });
    told.collect()
}

/// Asks as the plain one does, and names one peer.
struct Evicts(Option<PeerKey>);

impl PeerSelector for Evicts {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        FirstCandidate.select(ctx, session, asks);
    }

    fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
        let shown: Vec<_> = session.peers.iter().map(|member| member.peer).collect();
        assert_eq!((shown, session.newcomer.peer), (vec![key(1), key(2)], key(3)));
        assert_ne!(session.want, CidKey(0));
        ctx.because("the test says so");
        self.0
    }
}
