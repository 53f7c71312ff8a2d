//! Worlds whose judgements are made by scripts.

use bitswap_core::strategy::{Role, plain};
use bitswap_sim::campaign::{Plan, Pool, run_judged_by};
use bitswap_sim::{NodeConfig, TraceHash};
use bitswap_strategies::script::{Script, ScriptStats};

use crate::cast::{add, blocks, defaults, fetch, finish, ledgers_agree, link, world};

/// Seeds of each cast of scripts.
const CAMPAIGN: u64 = 20;

const EXAMPLES: [&str; 5] = [
    include_str!("../../../examples/scripts/fastest_first.rhai"),
    include_str!("../../../examples/scripts/starved_first.rhai"),
    include_str!("../../../examples/scripts/give_and_take.rhai"),
    include_str!("../../../examples/scripts/useful_then_all.rhai"),
    include_str!("../../../examples/scripts/last_deliverers.rhai"),
];

/// For each role one that decides as the default does.
const TWINS: [&str; 5] = [
    include_str!("../../../examples/scripts/like_probabilistic.rhai"),
    include_str!("../../../examples/scripts/like_least_queued_peer.rhai"),
    include_str!("../../../examples/scripts/like_debt_ratio.rhai"),
    include_str!("../../../examples/scripts/like_broadcast_then_dht.rhai"),
    include_str!("../../../examples/scripts/like_ttl_relay.rhai"),
];

/// One for each role; all of them compile.
const HOSTILE: [&str; 5] = [
    "fn select(ctx, session, asks) {
        for want in session.wants {
            for peer in session.peers { asks.block(want.want, peer.peer, \"everybody\"); }
        }
        loop { ctx.below(7); }
    }",
    "fn deep(n) { deep(n + 1) }
    fn rank_peer(ctx, peer) { deep(0) }
    fn rank_task(ctx, task) { let a = [1]; loop { a += a; } }",
    "fn weigh(ctx, account) { 1.0 / 0.0 }
    fn admit(ctx, account, request) { this.all = ctx; #{ kind: \"refuse\" } }",
    "fn next_step(ctx, search) { #{ step: \"give_up\", now: true } }",
    "fn events() { [\"block_received\", \"peer_connected\", \"want_seen\"] }
    fn observe(ctx, event) { throw event.kind }
    fn candidates(ctx, want, limit) { \"all of them\" }",
];

#[test]
fn hostile_scripts_leave_the_run_as_native_strategies_make_it() {
    let mut watched = Vec::new();
    let hostile = run(1, || scripted(HOSTILE, &mut watched));

    assert_eq!(hostile, run(1, defaults));
    for role in Role::ALL {
        let of_role = watched.iter().filter(|stats| stats.role() == role);
        let counts: Vec<_> = of_role.map(ScriptStats::counts).collect();
        assert!(counts.iter().all(|counts| counts.calls == counts.failures), "{role}: {counts:?}");
        assert!(counts.iter().any(|counts| counts.failures > 0), "{role}: {counts:?}");
    }
    assert!(watched.iter().any(|stats| stats.counts().breaker_open));
}

#[test]
fn the_examples_fetch_everything_and_repeat() {
    let mut watched = Vec::new();
    let mut examples = || run(2, || scripted(EXAMPLES, &mut watched));
    let trace = examples();

    assert_eq!(trace, examples());
    assert_ne!(trace, run(2, defaults), "scripts are obeyed");
    for stats in watched {
        assert_eq!(stats.first_failure(), None);
    }
}

#[test]
fn the_twins_of_the_defaults_fetch_everything_and_repeat() {
    let mut watched = Vec::new();
    let mut twins = || run(3, || scripted(TWINS, &mut watched));

    assert_eq!(twins(), twins());
    for stats in watched {
        assert_eq!(stats.first_failure(), None);
    }
}

#[test]
fn campaigns_of_scripts_break_no_invariant_and_every_want_ends() {
    // In place of the defaults, of which the twins have to keep every promise; and in place of
    // those that promise nothing but the end of each search.
    for (texts, stands_for) in [(TWINS, 0), (EXAMPLES, 0xf_0fff)] {
        let mut pool = Pool::default();
        for seed in 0..CAMPAIGN {
            let mut plan = Plan::of(seed);
            for player in &mut plan.players {
                player.strategies = stands_for;
            }
            let strategies = || scripted(texts, &mut Vec::new()).strategies;
            let outcome = run_judged_by(&plan, &mut pool, &strategies);
            assert_eq!(outcome.failure, None, "seed {seed}");
        }
    }
}

/// A node fetches 400 blocks from three servers; all four are made by `config`.
fn run(seed: u64, mut config: impl FnMut() -> NodeConfig) -> TraceHash {
    let mut world = world(seed);
    let fetcher = add(&mut world, config());
    let content = blocks(&mut world, 400, 4_096);
    for _ in 0..3 {
        let server = add(&mut world, config());
        world.store(server, &content);
        world.connect(fetcher, server, link(25));
    }
    fetch(&mut world, fetcher, &content, 16);
    let report = finish(&mut world);
    ledgers_agree(&report, &world);
    world.trace()
}

/// A node with these scripts, in the order of roles; they are not rehearsed. Their counters are
/// added to `watched`.
fn scripted(texts: [&str; 5], watched: &mut Vec<ScriptStats>) -> NodeConfig {
    let mut set = plain::strategies();
    let untold = "".parse().expect("an empty table");
    for (role, text) in Role::ALL.into_iter().zip(texts) {
        let script = Script::compile(role, role.name(), text, &untold);
        let (strategy, stats) = script.expect("it compiles").strategy();
        strategy.take_place(role.name(), &mut set);
        watched.push(stats);
    }
    NodeConfig::with_strategies(set)
}
