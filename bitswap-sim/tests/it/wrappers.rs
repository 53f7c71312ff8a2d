//! Wrappers around strategies, in a whole network: a shadow changes nothing, a split tells its arms
//! apart.

use bitswap_core::strategy::{Mean, Report, Role};
use bitswap_core::{CallOptions, Input, SessionId};
use bitswap_sim::{Access, NodeConfig, NodeId, Rate, World};
use bitswap_strategies::catalog::{StrategyChoice, default_of};

use crate::cast::{add, blocks, eventful, finish, link, ms, passes, world};

/// The defaults, each with another strategy beside it that asks, ranks, defers, searches and
/// forwards otherwise.
fn shadowed() -> StrategyChoice {
    let shadows = ["flood", "most-pending", "tit-for-tat", "concurrent", "forgetful"];
    let roles = Role::ALL.into_iter().zip(shadows);
    roles.fold(StrategyChoice::default(), |choice, (role, shadow)| {
        let base = default_of(role).name;
        let params = format!("base = '{base}'\nshadow = '{shadow}'").parse().expect("it is TOML");
        choice.with(role, "shadow", params)
    })
}

#[test]
fn a_run_with_shadows_is_the_same_to_the_last_byte() {
    let run = |choice: StrategyChoice| {
        eventful(7, || NodeConfig::with_strategies(choice.build().expect("of the catalog")))
    };
    let (mut alone, mut beside) = (run(StrategyChoice::default()), run(shadowed()));

    assert_eq!(finish(&mut beside).trace, finish(&mut alone).trace);
    for role in Role::ALL {
        let count = |name| {
            let reports = beside.all_nodes().map(|node| report(&beside, node, role));
            reports.filter_map(|report| report.part("shadow")?.count(name)).sum::<u64>()
        };
        // Nobody is known to have anything when the registries are asked.
        let count = if role == Role::Registry { count("same") } else { count("different") };
        assert!(count > 0, "the shadow {role} was not asked, or never differed");
    }
}

fn report(world: &World, node: NodeId, role: Role) -> Report {
    let stats = world.engine(node).stats();
    let current = stats.strategies.into_iter().find(|one| one.role == role && one.in_use);
    current.map(|current| current.report).unwrap_or_default()
}

/// Servers that are as fast as each other, so many ms away.
const ALIKE: [(u64, u32); 4] = [(20, 1_000), (40, 1_000), (60, 1_000), (80, 1_000)];
/// Those of the scenario E12, every second one: ms away, and Mbit/s.
const UNEQUAL: [(u64, u32); 4] = [(5, 200), (10, 50), (50, 10), (100, 2)];

/// Sessions of 16 blocks, one after the other, of which a selector and another have half each.
fn sessions(a: &str, b: &str, servers: [(u64, u32); 4]) -> [Mean; 2] {
    let params = format!("a = '{a}'\nb = '{b}'").parse().expect("it is TOML");
    let choice = StrategyChoice::default().with(Role::PeerSelector, "split", params);
    let mut world = world(3);
    let fetcher =
        add(&mut world, NodeConfig::with_strategies(choice.build().expect("of the catalog")));
    let content = blocks(&mut world, 16 * 60, 20_000);
    for (latency, mbit) in servers {
        let access = Access { up: Rate::mbit_per_second(mbit), ..Access::default() };
        let server = add(&mut world, NodeConfig { access, ..crate::cast::defaults() });
        world.store(server, &content);
        world.connect(fetcher, server, link(latency));
    }
    for (session, part) in (1..).map(SessionId).zip(content.chunks(16)) {
        // Once all servers are members of it, there is something to choose.
        let (first, rest) = part.split_at(1);
        for part in [first, rest] {
            let cids = part.iter().map(|(cid, _)| *cid).collect();
            world.fetch(fetcher, session, cids, CallOptions::default());
            passes(world.run_until(world.now().after(ms(1_000))));
        }
        world.happen(fetcher, Input::SessionClosed { session });
        passes(world.run_until(world.now().after(ms(1))));
    }
    let report = report(&world, fetcher, Role::PeerSelector);
    ["a", "b"]
        .map(|arm| *report.part(arm).and_then(|arm| arm.mean("answer_us")).expect("it was asked"))
}

#[test]
fn a_split_tells_a_faster_selector_from_a_slower_one_and_not_from_itself() {
    let [nearest, any] = sessions("lowest-latency", "random", ALIKE);
    assert!(nearest.samples().min(any.samples()) > 20, "{nearest:?} {any:?}");
    assert_eq!(nearest.differs_from(&any), Some(true), "{nearest:?} {any:?}");
    assert!(nearest.mean() < any.mean());

    let [one, other] = sessions("random", "random", ALIKE);
    assert_eq!(one.differs_from(&other), Some(false), "{one:?} {other:?}");
}

/// `docs/compare.md` has them apart in E12: 0.6 times the default's fetch time, and 8 times.
#[test]
fn a_split_tells_apart_what_the_comparison_tells_apart() {
    let [sooner, later] = sessions("expected-finish", "power-of-two", UNEQUAL);
    assert_eq!(sooner.differs_from(&later), Some(true), "{sooner:?} {later:?}");
    assert!(sooner.mean() < later.mean(), "{sooner:?} {later:?}");
}
