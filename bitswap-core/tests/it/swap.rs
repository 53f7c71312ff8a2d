//! One strategy takes over from another: what it inherits, what it hears, what it decides again.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use bitswap_core::strategy::{
    Account, Admission, Ask, Asks, Ctx, EventMask, LedgerPolicy, PeerQueueView, PeerSelector,
    ProviderFinder, Rank, Registry, RequestView, Role, SearchView, SessionView, State, Step,
    StrategyEvent, StrategySet, TaskPrioritizer, TaskView, Weight, plain,
};
use bitswap_core::testing::{
    Driver, Held, at, block, blocks, call, cids_of, finder, peer, policy, prioritizer, registry,
    selector,
};
use bitswap_core::wire::BlockPresence::Have;
use bitswap_core::{Action, CidKey, EngineConfig, Event, Input, Limits, PeerKey};

use crate::judged::{Lazy, OneAtATime};

#[test]
fn each_swap_is_a_generation_that_events_and_counts_tell() {
    let mut alice = Driver::default();
    let replaced = |alice: &mut Driver, set: StrategySet, roles: &[Role]| {
        let all: Vec<_> = set.into();
        let strategies = all.into_iter().filter(|one| roles.contains(&one.role())).collect();
        alice.engine.handle(at(0), Input::StrategiesReplaced { strategies });
        let told = |action| match action {
            Action::Report(Event::StrategyReplaced { role, name, generation }) => {
                Some((role, name.to_string(), generation))
            }
            _ => None,
        };
        std::iter::from_fn(|| alice.engine.poll_action()).filter_map(told).collect::<Vec<_>>()
    };
    let both = [Role::PeerSelector, Role::Registry];
    assert_eq!(
        replaced(&mut alice, selector(Lazy), &both),
        [(Role::PeerSelector, "test".to_owned(), 1), (Role::Registry, "plain".to_owned(), 1)]
    );
    assert_eq!(replaced(&mut alice, selector(Lazy), &[]), [], "nothing was replaced");
    let again = replaced(&mut alice, plain::strategies(), &[Role::PeerSelector]);
    assert_eq!(again, [(Role::PeerSelector, "plain".to_owned(), 2)]);
    let stats = alice.engine.stats();
    assert_eq!((stats.strategy_generation, stats.stray_inputs), (2, 1));
    let in_use: Vec<bool> = stats.strategies.iter().map(|strategy| strategy.in_use).collect();
    assert_eq!(in_use, [true, false, true, true, true, true], "the second is the lazy selector");
}

#[test]
fn other_roles_keep_their_strategies_and_what_these_know() {
    let mut alice = Driver::with(policy(OnlyTheFirst { served: false })).with_peers(1);
    alice.store_all(&blocks(1..=2, 9_000));
    alice.receive_wants(1, &[block(1, 9_000).0]);
    alice.swap(Role::PeerSelector, selector(Lazy));
    alice.receive_wants(1, &[block(2, 9_000).0]);
    assert_eq!(alice.blocks_sent_to(1), 1);
}

#[test]
fn a_strategy_takes_over_what_its_predecessor_leaves() {
    let mut alice = Driver::with(registry(Remembers(None))).with_peers(2);
    let said = alice.engine.keys().peer(&peer(2));
    alice.swap(Role::Registry, registry(Remembers(Some(said))));
    alice.swap(Role::Registry, registry(Remembers(None)));
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    assert!(alice.asked_for_block(2, apple), "it knows of the second peer");
    alice.swap(Role::Registry, plain::strategies());
    let mut others = Driver::with(registry(Remembers(None))).with_peers(1);
    others.swap(Role::Registry, registry(Forgets));
    others.swap(Role::Registry, registry(Remembers(None)));
    others.want(1, &[apple]);
    assert!(!others.asked_for_block(1, apple), "a state that is left by nobody");
}

#[test]
fn a_new_strategy_hears_who_is_connected_and_which_sessions_are_open() {
    let mut alice = Driver::default().with_peers(3);
    alice.want(1, &[block(1, 9_000).0]);
    alice.disconnect(2);
    let mut heard = |events: EventMask| {
        let (sender, heard) = channel();
        alice.swap(Role::LedgerPolicy, policy(Listens(sender, events)));
        heard.try_iter().map(|event| event.kind()).collect::<Vec<_>>()
    };
    let (peers, sessions) = (EventMask::PEER_CONNECTED, EventMask::SESSION_OPENED);
    assert_eq!(heard(peers | sessions), [peers, peers, sessions]);
    assert_eq!(heard(sessions), [sessions]);
    assert_eq!(heard(EventMask::NOTHING), []);
}

#[test]
fn a_new_prioritizer_ranks_all_peers_and_all_tasks_again() {
    let mut alice = busy(prioritizer(BySize { sign: 1 }));
    wanted_by_two(&mut alice);
    alice.swap(Role::TaskPrioritizer, prioritizer(BySize { sign: -1 }));
    alice.release();
    let large_first = [(3, 30_000), (2, 20_000), (2, 9_000)];
    assert_eq!(sizes_sent(&alice), large_first);
    let mut alice = busy(prioritizer(BySize { sign: 1 }));
    wanted_by_two(&mut alice);
    alice.release();
    assert_eq!(sizes_sent(&alice), [(2, 9_000), (2, 20_000), (3, 30_000)], "as it was");
}

#[test]
fn a_new_policy_admits_deferred_requests_at_once() {
    let mut alice = Driver::with(policy(NotYet)).with_peers(1);
    let apple = block(1, 9_000);
    alice.store(&apple);
    alice.receive_wants(1, &[apple.0]);
    assert_eq!(alice.blocks_sent_to(1), 0);
    alice.swap(Role::LedgerPolicy, plain::strategies());
    assert_eq!(alice.blocks_sent_to(1), 1);
}

#[test]
fn peers_are_ranked_by_the_weights_of_the_new_policy() {
    let keys = Driver::default().engine.keys();
    let favours = |n| policy(Favours(keys.peer(&peer(n))));
    let mut alice = busy(StrategySet {
        task_prioritizer: prioritizer(ByWeight).task_prioritizer,
        ..favours(2)
    });
    wanted_by_two(&mut alice);
    alice.swap(Role::LedgerPolicy, favours(3));
    alice.release();
    assert_eq!(sizes_sent(&alice).first(), Some(&(3, 30_000)));
}

#[test]
fn a_new_finder_ends_the_waits_of_the_old_one() {
    let mut alice = Driver::with(finder(Patient)).with_peers(1);
    alice.want(1, &cids_of(&blocks(1..=3, 9_000)));
    assert_eq!(alice.engine.stats().client.broadcasts, 0);
    alice.swap(Role::ProviderFinder, plain::strategies());
    let stats = alice.engine.stats();
    assert_eq!(stats.client.broadcasts, stats.gauges.searches);
}

#[test]
fn a_new_selector_is_shown_at_once_what_the_old_one_held_back() {
    let mut alice = member_of_one(selector(OneAtATime));
    alice.give(call(2, &cids_of(&blocks(2..=3, 9_000))));
    let stats = alice.engine.stats();
    assert_eq!((stats.client.block_asks, stats.gauges.searches), (2, 0), "one more, none searched");
    alice.swap(Role::PeerSelector, plain::strategies());
    assert_eq!(alice.engine.stats().client.block_asks, 3);
}

#[test]
fn asks_that_the_old_selector_scheduled_are_dropped_and_decided_again() {
    let mut alice = member_of_one(selector(FirstAtOnce { others: Duration::from_secs(4) }));
    alice.want(2, &[block(2, 9_000).0]);
    assert_eq!(alice.engine.stats().client.block_asks, 1);
    alice.swap(Role::PeerSelector, selector(Lazy));
    alice.pass_secs(4);
    let stats = alice.engine.stats();
    assert_eq!((stats.client.block_asks, stats.gauges.searches), (1, 1), "it is searched for");
    let mut alice = member_of_one(selector(FirstAtOnce { others: Duration::from_secs(60) }));
    alice.want(2, &[block(2, 9_000).0]);
    alice.swap(Role::PeerSelector, plain::strategies());
    assert_eq!(alice.engine.stats().client.block_asks, 2);
}

#[test]
fn a_new_selector_may_ask_members_for_what_the_old_one_left_to_a_search() {
    let mut alice = member_of_one(selector(OnlyTheFirstWant { asked: false }));
    alice.want(2, &[block(2, 9_000).0]);
    alice.swap(Role::PeerSelector, plain::strategies());
    assert!(alice.asked_for_block(1, block(2, 9_000).0));
}

#[test]
fn a_new_registry_is_asked_for_candidates_of_sessions_without_members() {
    let mut alice = Driver::default().with_peers(1);
    let apple = block(1, 9_000).0;
    alice.want(1, &[apple]);
    assert!(!alice.asked_for_block(1, apple));
    let known = alice.engine.keys().peer(&peer(1));
    alice.swap(Role::Registry, registry(Remembers(Some(known))));
    assert!(alice.asked_for_block(1, apple));
}

/// Alice, whose session 1 has the first peer as its only member: it sent a block.
fn member_of_one(set: StrategySet) -> Driver {
    let mut alice = Driver::with(set).with_peers(1);
    let first = block(1, 9_000);
    alice.give(call(1, &[first.0]));
    alice.receive_presence(1, first.0, Have);
    alice.receive_block(1, &first);
    assert_eq!(alice.delivered(), 1);
    alice
}

/// Alice, who sends one block after the other, and is sending one to her first peer.
fn busy(set: StrategySet) -> Driver {
    let limits = Limits { outstanding_bytes: 1, ..Limits::default() };
    let mut alice = Driver::new(EngineConfig { limits, ..EngineConfig::seeded(7) }, set);
    for n in 1..=3 {
        alice.connect(n);
    }
    alice.hold(&[Held::Sends]);
    alice.store(&block(1, 8_000));
    alice.receive_wants(1, &[block(1, 8_000).0]);
    alice
}

/// The second peer wants a small block and a larger one, the third a large one.
fn wanted_by_two(alice: &mut Driver) {
    for (n, size) in [(2, 9_000), (2, 20_000), (3, 30_000)] {
        alice.store(&block(n, size));
        alice.receive_wants(n, &[block(n, size).0]);
    }
}

/// The blocks that the second and the third peer were sent: to whom, and their sizes.
fn sizes_sent(alice: &Driver) -> Vec<(u64, usize)> {
    let number = |id| (2..=3).find(|n| peer(*n) == id);
    let mut sent = Vec::new();
    for action in &alice.log {
        if let Action::Send { peer, message, .. } = action
            && let Some(n) = number(*peer)
        {
            sent.extend(message.blocks.iter().map(|(_, block)| (n, block.len())));
        }
    }
    sent
}

/// Asks for the first block of a session at once, and for the others later.
struct FirstAtOnce {
    others: Duration,
}

impl PeerSelector for FirstAtOnce {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        let delay = if session.blocks_received == 0 { Duration::ZERO } else { self.others };
        for want in session.wants {
            asks.push(Ask::block(want.want, session.peers[0].peer, "first").delayed(delay));
        }
    }
}

/// Asks once, and then never again.
struct OnlyTheFirstWant {
    asked: bool,
}

impl PeerSelector for OnlyTheFirstWant {
    fn select(&mut self, _: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        if !std::mem::replace(&mut self.asked, true) {
            asks.push(Ask::block(session.wants[0].want, session.peers[0].peer, "first"));
        }
    }
}

/// Ranks peers and tasks by their bytes.
struct BySize {
    sign: i64,
}

impl TaskPrioritizer for BySize {
    fn rank_peer(&mut self, _: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        Rank::new([self.sign * peer.pending_bytes as i64, 0, 0, 0])
    }

    fn rank_task(&mut self, _: &mut Ctx<'_>, task: &TaskView) -> Rank {
        Rank::new([self.sign * i64::from(task.bytes), 0, 0, 0])
    }
}

/// Serves the peer with the greatest weight first.
struct ByWeight;

impl TaskPrioritizer for ByWeight {
    fn rank_peer(&mut self, _: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        Rank::new([-i64::from(peer.weight.get()), 0, 0, 0])
    }

    fn rank_task(&mut self, _: &mut Ctx<'_>, _: &TaskView) -> Rank {
        Rank::new([0; 4])
    }
}

/// Gives one peer a greater weight than all others.
struct Favours(PeerKey);

impl LedgerPolicy for Favours {
    fn weigh(&mut self, _: &mut Ctx<'_>, account: &Account) -> Weight {
        if account.peer == self.0 { Weight::ONE } else { Weight::parts(1) }
    }
}

/// Serves the first request ever, and refuses all others.
struct OnlyTheFirst {
    served: bool,
}

impl LedgerPolicy for OnlyTheFirst {
    fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
        Weight::ONE
    }

    fn admit(&mut self, _: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        if std::mem::replace(&mut self.served, true) {
            Admission::Refuse { reason: "not the first" }
        } else {
            Admission::Serve { reason: "the first" }
        }
    }
}

/// Defers all requests for half a minute.
struct NotYet;

impl LedgerPolicy for NotYet {
    fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
        Weight::ONE
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, _: &Account, _: &RequestView) -> Admission {
        Admission::Defer { until: ctx.now().after(Duration::from_secs(30)), reason: "not yet" }
    }
}

/// Passes on what it hears.
struct Listens(Sender<StrategyEvent>, EventMask);

impl LedgerPolicy for Listens {
    fn weigh(&mut self, _: &mut Ctx<'_>, _: &Account) -> Weight {
        Weight::ONE
    }

    fn observe(&mut self, _: &mut Ctx<'_>, event: &StrategyEvent) {
        // Once the test is over nobody listens.
        self.0.send(event.clone()).unwrap_or_default();
    }

    fn events(&self) -> EventMask {
        self.1
    }
}

/// Waits for a minute, again and again.
struct Patient;

impl ProviderFinder for Patient {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, _: &SearchView) -> Step {
        Step::WaitUntil { at: ctx.now().after(Duration::from_secs(60)), reason: "waits" }
    }
}

/// Names one peer as the holder of everything, and leaves its name to a successor.
struct Remembers(Option<PeerKey>);

impl Registry for Remembers {
    fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        self.0.into_iter().collect()
    }

    fn export_state(&mut self) -> Option<State> {
        Some(State::new(self.0?))
    }

    fn import_state(&mut self, _: &mut Ctx<'_>, state: State) {
        self.0 = self.0.or_else(|| state.downcast().ok().map(|peer| *peer));
    }
}

/// Leaves something that nobody knows.
struct Forgets;

impl Registry for Forgets {
    fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
        Vec::new()
    }

    fn export_state(&mut self) -> Option<State> {
        Some(State::new("something"))
    }
}
