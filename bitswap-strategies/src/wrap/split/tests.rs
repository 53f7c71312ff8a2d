//! Who decides about whom, what is counted of each arm, and when two arms are told apart.

use std::time::Duration;

use bitswap_core::strategy::{
    Asks, Ctx, LedgerPolicy, Mean, PeerQueueView, PeerSelector, ProviderFinder, Rank, Registry,
    Report, SearchView, StrategyEvent, TaskPrioritizer,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{Chance, CidKey, PeerKey, SessionId, Timestamp};

use super::Split;
use crate::catalog::{Base, Setting as _};
use crate::fixture::{SessionRows, account, at, dice, queue_view, task_view};
use crate::wrap::{Subject, Wrapper};

const ALICE: PeerKey = PeerKey(1);
const APPLE: CidKey = CidKey(11);

fn named(text: &str) -> Base {
    let table: toml::Table = format!("base = {text}").parse().unwrap();
    Base::read(&table["base"]).unwrap()
}

fn selectors(share: u32) -> Wrapper<Split<dyn PeerSelector>> {
    Wrapper(Split::new(&named("'random'"), &named("'flood'"), share))
}

fn ask(selector: &mut impl PeerSelector, session: u64, want: CidKey) {
    let session = SessionId(session);
    let rows = SessionRows { session, ..SessionRows::new(&[want], &[ALICE]) };
    let mut asks = Asks::default();
    selector.select(&mut Ctx::new(at(0), &mut dice(1)), &rows.view(), &mut asks);
}

fn asked(report: &Report, part: &str) -> u64 {
    report.part(part).and_then(|part| part.count("asked")).unwrap()
}

#[test]
fn a_share_of_the_sessions_is_the_others_and_a_session_stays_where_it_is() {
    let mut split = selectors(30);
    (0..1_000).for_each(|session| ask(&mut split, session, APPLE));
    let b = asked(&split.report(), "b");
    assert!((250..=350).contains(&b), "{b} of 1000");
    (0..1_000).for_each(|session| ask(&mut split, session, APPLE));
    assert_eq!(asked(&split.report(), "b"), 2 * b);

    for (share, a, b) in [(0, 1_000, 0), (100, 0, 1_000)] {
        let mut split = selectors(share);
        (0..1_000).for_each(|session| ask(&mut split, session, APPLE));
        assert_eq!((asked(&split.report(), "a"), asked(&split.report(), "b")), (a, b));
    }
}

#[test]
fn of_wants_that_are_relayed_each_is_somewhere() {
    let mut split = selectors(30);
    (0..1_000).for_each(|want| ask(&mut split, SessionId::RELAYED.0, CidKey(want)));
    let b = asked(&split.report(), "b");
    assert!((250..=350).contains(&b), "{b} of 1000");
}

#[test]
fn a_split_inside_a_split_divides_its_part_again() {
    let inner = named("{ use = 'split', a = 'random', b = 'flood' }");
    let mut split: Wrapper<Split<dyn PeerSelector>> =
        Wrapper(Split::new(&inner, &named("'flood'"), 50));
    (0..1_000).for_each(|session| ask(&mut split, session, APPLE));

    let counts = ["a", "a.a", "a.b", "b"].map(|part| asked(&split.report(), part));
    assert_eq!((counts[0] + counts[3], counts[1] + counts[2]), (1_000, counts[0]));
    assert!((200..=300).contains(&counts[1]) && (200..=300).contains(&counts[2]), "{counts:?}");
}

#[test]
fn within_a_slot_one_prioritizer_ranks_everything_and_no_rank_lasts_longer() {
    let (fifo, most) = (named("'fifo'"), named("'most-pending'"));
    let mut split: Wrapper<Split<dyn TaskPrioritizer>> = Wrapper(Split::new(&fifo, &most, 50));
    let mut alone = [fifo.prioritizer(), most.prioritizer()];
    let mut used = [0, 0];
    for slot in 0..100 {
        let now = at(10_000 * slot + 1_234);
        let ends = at(10_000 * slot + 10_000);
        let ctx =
            |rank: &mut dyn FnMut(&mut Ctx<'_>) -> Rank| rank(&mut Ctx::new(now, &mut dice(1)));
        let views = [1, 2].map(|peer| PeerQueueView {
            oldest_task_at: at(peer),
            pending_bytes: 3 * peer,
            ..queue_view(PeerKey(peer))
        });
        let ranks = views.each_ref().map(|view| ctx(&mut |ctx| split.rank_peer(ctx, view)));
        let task = ctx(&mut |ctx| split.rank_task(ctx, &task_view(ALICE, APPLE)));
        assert!(ranks.iter().chain([&task]).all(|rank| rank.recheck() <= ends), "{ranks:?}");
        let arm = alone.iter_mut().position(|alone| {
            let own = views.each_ref().map(|view| ctx(&mut |ctx| alone.rank_peer(ctx, view)));
            own.map(|rank| rank.key()) == ranks.map(|rank| rank.key())
        });
        used[arm.expect("both ranks are of one prioritizer")] += 1;
    }
    assert!(used.iter().all(|used| (30..=70).contains(used)), "{used:?}");
}

#[test]
fn every_role_can_be_split() {
    let mut random = dice(1);
    let ctx = &mut Ctx::new(at(0), &mut random);
    let all = [named("'open'"), named("'debt-ratio'")];
    let mut policies: Wrapper<Split<dyn LedgerPolicy>> = Wrapper(Split::new(&all[0], &all[1], 50));
    let all = [named("'never'"), named("'concurrent'")];
    let mut finders: Wrapper<Split<dyn ProviderFinder>> = Wrapper(Split::new(&all[0], &all[1], 50));
    let all = [named("'forgetful'"), named("'ttl-relay'")];
    let mut registries: Wrapper<Split<dyn Registry>> = Wrapper(Split::new(&all[0], &all[1], 50));
    for number in 0..200 {
        policies.weigh(ctx, &account(PeerKey(number), 0, 0));
        finders.next_step(ctx, &SearchView::new(SessionId(number), at(0)).with_want(APPLE));
        registries.candidates(ctx, CidKey(number), 3);
    }
    for report in [policies.report(), finders.report(), registries.report()] {
        let arms = ["a", "b"].map(|part| asked(&report, part));
        assert!(arms.iter().all(|asked| (70..=130).contains(asked)), "{report:?}");
    }
}

/// A session in which a block is asked for at `begin`, and comes after so many milliseconds.
fn fetch(split: &mut impl PeerSelector, session: u64, begin: u64, millis: &[u64]) {
    let id = SessionId(session);
    let (peer, kind, reason) = (ALICE, WantKind::Block, "has it");
    let mut tell = |now: Timestamp, event| {
        split.observe(&mut Ctx::new(now, &mut Chance::named(1, "dice")), &event);
    };
    for (want, after) in (1..).map(CidKey).zip(millis) {
        tell(at(begin), StrategyEvent::AskMade { session: id, peer, want, kind, reason });
        let (bytes, after) = (10_240, Duration::from_millis(*after));
        let came =
            StrategyEvent::BlockReceived { session: id, peer, want, bytes, after: Some(after) };
        tell(at(begin).after(after), came);
    }
    tell(at(begin + 1_000), StrategyEvent::SessionClosed { session: id });
    // What still comes of a session that is over makes no sample.
    let want = CidKey(1);
    let late = StrategyEvent::DontHaveReceived { session: id, peer, want };
    tell(at(begin + 2_000), late);
    tell(at(begin + 2_000), StrategyEvent::SessionClosed { session: id });
}

#[test]
fn an_arm_has_one_sample_of_each_session() {
    let mut split = selectors(0);
    fetch(&mut split, 1, 500, &[20, 40]);
    fetch(&mut split, 2, 9_000, &[50, 100, 90]);

    let report = split.report();
    let a = report.part("a").unwrap();
    let counts = ["sessions", "blocks_received", "bytes_received", "block_asks", "dont_haves"];
    assert_eq!(counts.map(|name| a.count(name).unwrap()), [2, 5, 51_200, 5, 2]);
    let mean = |name| a.mean(name).map(|mean| (mean.samples(), mean.mean().unwrap()));
    // 30 ms and 80 ms; 20 ms and 50 ms; 20 KiB in 40 ms and 30 KiB in 90 ms (the last block's).
    assert_eq!(mean("answer_us"), Some((2, 55_000.0)));
    assert_eq!(mean("first_block_us"), Some((2, 35_000.0)));
    assert_eq!(mean("kib_per_s"), Some((2, f64::midpoint(500.0, 333.0))));
    assert_eq!(report.part("b").and_then(|b| b.count("sessions")), Some(0));
}

#[test]
fn arms_that_differ_are_told_apart_and_equal_ones_are_not() {
    let outcome = |slower: u64| {
        let mut split = selectors(50);
        let mut chance = dice(7);
        let b = |split: &Wrapper<Split<dyn PeerSelector>>, session| split.0.arm(session) == 1;
        for session in 0..100 {
            let more = if b(&split, session) { slower } else { 0 };
            let times = [(); 3].map(|()| 20 + more + chance.below(20));
            fetch(&mut split, session, 5_000 * session, &times);
        }
        let report = split.report();
        let [a, b] = ["a", "b"].map(|part| *report.part(part).unwrap().mean("answer_us").unwrap());
        (a.samples() + b.samples(), a.differs_from(&b))
    };

    assert_eq!(outcome(10), (100, Some(true)));
    assert_eq!(outcome(0), (100, Some(false)));
}

#[test]
fn a_peers_wait_and_bytes_are_one_sample_when_it_leaves() {
    let (open, ratio) = (named("'open'"), named("'debt-ratio'"));
    let mut split: Wrapper<Split<dyn LedgerPolicy>> = Wrapper(Split::new(&open, &ratio, 0));
    let mut tell = |millis, event| {
        split.observe(&mut Ctx::new(at(millis), &mut dice(1)), &event);
    };
    let (peer, kind, bytes) = (ALICE, WantKind::Block, 4_096);
    tell(0, StrategyEvent::PeerConnected { peer });
    for (want, sent) in [(CidKey(1), 30), (CidKey(2), 50)] {
        tell(10, StrategyEvent::WantSeen { peer, want, kind });
        tell(sent, StrategyEvent::BlockSent { peer, want, bytes });
    }
    tell(100, StrategyEvent::PeerDisconnected { peer });

    let report = split.report();
    let a = report.part("a").unwrap();
    let counts = ["peers", "blocks_sent", "bytes_sent"];
    assert_eq!(counts.map(|name| a.count(name).unwrap()), [1, 2, 8_192]);
    let mean = |name| a.mean(name).and_then(Mean::mean);
    let means = ["wait_us", "sent_kib", "received_kib"];
    assert_eq!(means.map(mean), [Some(30_000.0), Some(8.0), Some(0.0)]);
}

#[test]
fn a_slot_is_a_sample_when_the_next_one_begins() {
    let (fifo, most) = (named("'fifo'"), named("'most-pending'"));
    let mut split: Wrapper<Split<dyn TaskPrioritizer>> = Wrapper(Split::new(&fifo, &most, 100));
    let mut tell = |millis, event| {
        split.observe(&mut Ctx::new(at(millis), &mut dice(1)), &event);
    };
    let (peer, want, kind) = (ALICE, APPLE, WantKind::Block);
    tell(9_000, StrategyEvent::WantSeen { peer, want, kind });
    tell(11_000, StrategyEvent::TurnTaken { peer, bytes: 2_048 });
    tell(12_000, StrategyEvent::BlockSent { peer, want, bytes: 2_048 });
    tell(21_000, StrategyEvent::TurnTaken { peer, bytes: 2_048 });

    let report = split.report();
    let b = report.part("b").unwrap();
    assert_eq!(b.mean("wait_us").and_then(Mean::mean), Some(3_000_000.0));
    // Nothing was sent in the first slot, which is no sample.
    assert_eq!((b.count("slots"), b.count("turns")), (Some(1), Some(2)));
    assert_eq!(Subject::slot_end(at(10_000)), at(20_000));
}

#[test]
fn a_want_begins_with_an_ask_and_not_with_what_comes_after_its_end() {
    let (ttl, forgetful) = (named("'ttl-relay'"), named("'forgetful'"));
    let mut split: Wrapper<Split<dyn Registry>> = Wrapper(Split::new(&ttl, &forgetful, 0));
    let (session, peer, want, kind) = (SessionId(1), ALICE, APPLE, WantKind::Block);
    for begin in [0_u64, 60_000] {
        let mut tell = |millis: u64, event| {
            split.observe(&mut Ctx::new(at(begin + millis), &mut dice(1)), &event);
        };
        tell(0, StrategyEvent::AskMade { session, peer, want, kind, reason: "has it" });
        let after = Some(Duration::from_millis(10));
        tell(10, StrategyEvent::BlockReceived { session, peer, want, bytes: 1, after });
        tell(20, StrategyEvent::DontHaveReceived { session, peer, want });
    }

    let report = split.report();
    let first = report.part("a").unwrap().mean("first_block_us").unwrap();
    assert_eq!((first.samples(), first.mean()), (2, Some(10_000.0)));
}

#[test]
fn the_first_arm_keeps_the_state_of_the_strategy_before() {
    let (ttl, guided) = (named("'ttl-relay'"), named("'guided-relay'"));
    let mut random = dice(1);
    let ctx = &mut Ctx::new(at(0), &mut random);
    let mut before = ttl.registry();
    let (session, peer, want, bytes, after) = (SessionId(1), ALICE, APPLE, 1, None);
    before.observe(ctx, &StrategyEvent::BlockReceived { session, peer, want, bytes, after });
    let mut split: Wrapper<Split<dyn Registry>> = Wrapper(Split::new(&ttl, &guided, 0));
    split.import_state(ctx, before.export_state().unwrap());
    assert_eq!(split.candidates(ctx, APPLE, 3), [ALICE]);

    let mut next = ttl.registry();
    next.import_state(ctx, split.export_state().unwrap());
    assert_eq!(next.candidates(ctx, APPLE, 3), [ALICE]);
}

#[cfg(feature = "scripts")]
#[test]
fn a_script_can_be_an_arm_and_its_failures_are_told() {
    let script = "fn weigh(ctx, account) { ctx.because(\"twice\"); 2048 }";
    let mut table = toml::Table::new();
    table.insert("use".to_owned(), "mine".into());
    table.insert("script".to_owned(), script.into());
    let mine = Base::read(&table.into()).unwrap();
    let mut split: Wrapper<Split<dyn LedgerPolicy>> =
        Wrapper(Split::new(&named("'open'"), &mine, 100));

    let mut random = dice(1);
    let weight = split.weigh(&mut Ctx::new(at(0), &mut random), &account(ALICE, 0, 0));
    assert_eq!(weight.get(), 2_048);
    let report = split.report();
    let script = report.part("b.script").unwrap();
    let counts = ["calls", "failures"].map(|name| script.count(name));
    assert_eq!((script.strategy.as_str(), counts), ("mine", [Some(1), Some(0)]));
}
