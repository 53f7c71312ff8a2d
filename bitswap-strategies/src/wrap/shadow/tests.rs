//! A shadow changes nothing, agrees with itself, and is told where it differs.

use bitswap_core::strategy::{
    Ask, Asks, Ctx, EventMask, PeerQueueView, PeerSelector, Presence, Rank, Registry, SessionView,
    StrategyEvent, TaskPrioritizer, plain,
};
use bitswap_core::{Chance, CidKey, PeerKey};

use super::Shadow;
use crate::catalog::Base;
use crate::fixture::{SessionRows, at, dice, drawn, queue_view};
use crate::wrap::Wrapper;

const ALICE: PeerKey = PeerKey(1);
const BOB: PeerKey = PeerKey(2);
const APPLE: CidKey = CidKey(11);

fn selectors(base: &str, shadow: &str) -> Wrapper<Shadow<dyn PeerSelector>> {
    Wrapper(Shadow::new(&Base::named(base), &Base::named(shadow)))
}

/// What a selector answers to a hundred drawn sessions and events, and its stream after that.
fn played(selector: &mut dyn PeerSelector) -> (Vec<Asks>, u64) {
    let (mut random, mut chance) = (dice(1), dice(2));
    let mut answers = Vec::new();
    for second in 1..=100 {
        let now = at(1_000 * second);
        let event = drawn::event(&mut chance);
        if selector.events().contains(event.kind()) {
            selector.observe(&mut Ctx::new(now, &mut random), &event);
        }
        let rows = drawn::session(&mut chance, now);
        let mut asks = Asks::default();
        selector.select(&mut Ctx::new(now, &mut random), &rows.view(), &mut asks);
        answers.push(asks);
    }
    (answers, random.bits())
}

fn counts(shadow: &dyn PeerSelector) -> [u64; 3] {
    let report = shadow.report();
    ["same", "different", "panics"].map(|name| report.part("shadow").unwrap().count(name).unwrap())
}

#[test]
fn a_shadow_changes_neither_the_answers_nor_the_dice() {
    for shadow in ["random", "expected-finish", "hedged"] {
        let alone = played(&mut *Base::named("probabilistic").selector());
        let mut shadowed = selectors("probabilistic", shadow);
        assert!(played(&mut shadowed) == alone, "{shadow}");
        let [same, different, _] = counts(&shadowed);
        assert_eq!(same + different, 100);
        assert!(different > 0, "{shadow}: {different}");
    }
}

#[test]
fn a_shadow_of_the_same_strategy_agrees() {
    for name in ["probabilistic", "random", "round-robin", "expected-finish"] {
        let mut shadowed = selectors(name, name);
        played(&mut shadowed);
        assert_eq!(counts(&shadowed), [100, 0, 0], "{name}");
    }
}

/// Draws a peer of its own.
struct Draws(Vec<u64>);

impl PeerSelector for Draws {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        self.0.push(ctx.chance().bits());
        let last = &session.peers[session.peers.len() - 1];
        let drawn = u64::from(self.0.len() > 1 && self.0[0] == self.0[1]);
        let peer = if drawn == 0 { last.peer } else { session.peers[0].peer };
        asks.push(Ask::block(session.wants[0].want, peer, "drawn"));
    }
}

#[test]
fn a_shadow_beside_a_strategy_without_dice_does_not_draw_the_same_number_for_ever() {
    let base: Box<dyn PeerSelector> = Box::new(plain::FirstCandidate);
    let mut shadowed: Wrapper<Shadow<dyn PeerSelector>> =
        Wrapper(Shadow::with(("plain", base), ("draws", Box::new(Draws(Vec::new())))));
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB]);
    let mut random = dice(1);
    for _ in 0..2 {
        let ctx = &mut Ctx::new(at(0), &mut random);
        shadowed.select(ctx, &rows.view(), &mut Asks::default());
    }
    // With equal draws it would ask the first peer, as its base does.
    assert_eq!(counts(&shadowed), [0, 2, 0]);
}

#[test]
fn the_first_second_fourth_and_so_on_differing_decision_is_told() {
    let mut shadowed = selectors("round-robin", "flood");
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB]).said(ALICE, APPLE, Presence::Have).said(
        BOB,
        APPLE,
        Presence::Have,
    );
    let mut random = dice(1);
    for second in 1..=40 {
        let ctx = &mut Ctx::new(at(1_000 * second), &mut random);
        shadowed.select(ctx, &rows.view(), &mut Asks::default());
    }

    let report = shadowed.report();
    let examples = &report.part("shadow").unwrap().examples;
    assert_eq!(counts(&shadowed)[1], 40);
    let told: Vec<_> = examples.iter().map(|example| example.split(',').next().unwrap()).collect();
    assert_eq!(told, ["at 4 s", "at 8 s", "at 16 s", "at 32 s"]);
    let words = "at 4 s, session 1: 1 want, 2 members, 0 in flight; 1: 1 HAVE, 0 DONT_HAVE, 0 in \
                 flight; 2: 1 HAVE, 0 DONT_HAVE, 0 in flight: block 11 of peer";
    assert!(examples[0].starts_with(words), "{}", examples[0]);
    let shadow = "; shadow: block 11 of peer 1: has it, block 11 of peer 2, a hedge: has it";
    assert!(examples[0].ends_with(shadow), "{}", examples[0]);
}

#[test]
fn prioritizers_are_compared_by_the_order_of_two_peers() {
    let names = [Base::named("fifo"), Base::named("most-pending")];
    let mut shadowed: Wrapper<Shadow<dyn TaskPrioritizer>> =
        Wrapper(Shadow::new(&names[0], &names[1]));
    let mut random = dice(1);
    let mut rank = |peer: u64, since, bytes| -> Rank {
        let view = PeerQueueView {
            oldest_task_at: at(since),
            pending_bytes: bytes,
            pending_tasks: bytes as u32,
            ..queue_view(PeerKey(peer))
        };
        shadowed.rank_peer(&mut Ctx::new(at(1_000), &mut random), &view)
    };
    // The first has nobody to be compared with; 2 came later and has more; 3 came later still, and
    // has less.
    rank(1, 10, 5);
    rank(2, 20, 9);
    rank(3, 30, 2);
    // A peer is not compared with itself.
    rank(3, 30, 9);

    let report = shadowed.report();
    let shadow = report.part("shadow").unwrap();
    assert_eq!((shadow.count("same"), shadow.count("different")), (Some(1), Some(1)));
}

/// Panics at the second question.
struct Panics(u32);

impl PeerSelector for Panics {
    fn select(&mut self, _: &mut Ctx<'_>, _: &SessionView<'_>, _: &mut Asks) {
        self.0 += 1;
        assert!(self.0 < 2, "a fault in a strategy");
    }

    fn observe(&mut self, _: &mut Ctx<'_>, _: &StrategyEvent) {
        assert!(self.0 < 2, "it was told to go on");
    }

    fn events(&self) -> EventMask {
        EventMask::ALL
    }
}

#[test]
fn a_shadow_that_panics_is_not_asked_again_and_the_base_goes_on() {
    let alone = played(&mut *Base::named("probabilistic").selector());
    let base = ("probabilistic", Base::named("probabilistic").selector());
    let mut shadowed: Wrapper<Shadow<dyn PeerSelector>> =
        Wrapper(Shadow::with(base, ("panics", Box::new(Panics(0)))));

    assert!(played(&mut shadowed) == alone);
    let [same, different, panics] = counts(&shadowed);
    assert_eq!((same + different, panics), (1, 1));
}

#[test]
fn a_shadow_has_no_registry_to_ask() {
    let mut registry = Asked(0);
    let mut shadowed = selectors("probabilistic", "registry-first");
    let rows = SessionRows::new(&[APPLE], &[ALICE, BOB]);
    let mut random: Chance = dice(1);
    let mut ctx = Ctx::new(at(0), &mut random).with_registry(&mut registry);
    shadowed.select(&mut ctx, &rows.view(), &mut Asks::default());
    assert_eq!(registry.0, 0);

    let mut wrapped = selectors("registry-first", "probabilistic");
    let mut ctx = Ctx::new(at(0), &mut random).with_registry(&mut registry);
    wrapped.select(&mut ctx, &rows.view(), &mut Asks::default());
    assert_eq!(registry.0, 1);
}

struct Asked(u32);

impl bitswap_core::strategy::Candidates for Asked {
    fn candidates(&mut self, _: bitswap_core::Timestamp, _: CidKey, _: usize) -> Vec<PeerKey> {
        self.0 += 1;
        Vec::new()
    }
}

#[test]
fn shadows_can_be_inside_each_other() {
    let text = "base = { use = 'shadow', base = 'ttl-relay', shadow = 'forgetful' }";
    let table: toml::Table = text.parse().unwrap();
    let base = crate::catalog::Setting::read(&table["base"]).unwrap();
    let mut shadowed: Wrapper<Shadow<dyn Registry>> =
        Wrapper(Shadow::new(&base, &Base::named("guided-relay")));
    shadowed.candidates(&mut Ctx::new(at(0), &mut dice(1)), APPLE, 3);

    let report = shadowed.report();
    let parts: Vec<_> = report.parts().iter().map(|part| part.part.as_str()).collect();
    assert_eq!(parts, ["base", "base.base", "base.shadow", "shadow"]);
    assert_eq!(report.part("base.shadow").and_then(|part| part.count("same")), Some(1));
}

#[test]
fn who_leaves_a_full_session_is_compared_too() {
    let mut shadowed = selectors("probabilistic", "evict-slowest");
    let (mut random, mut chance) = (dice(1), dice(2));
    for second in 1..=100 {
        let rows = drawn::full_session(&mut chance);
        shadowed.evict(&mut Ctx::new(at(1_000 * second), &mut random), &rows.view());
    }
    let [same, different, _] = counts(&shadowed);
    assert_eq!(same + different, 100);
    assert!(same > 0 && different > 0, "{same} the same, {different} different");
}
