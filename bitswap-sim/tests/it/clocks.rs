//! Clocks that jump hold nobody up and lose nothing (F25).

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::AskOutcome;
use bitswap_sim::Access;
use bitswap_sim::hostile::{Kind, Knowledge};

use crate::cast::{add, at, blocks, defaults, finish, link, ms, passes, three_servers, world};

const HOUR: i64 = 3_600_000_000_000;
const TEN_YEARS: i64 = 10 * 365 * 24 * HOUR;

#[test]
fn a_clock_that_jumps_while_anything_happens_changes_no_fetch() {
    let undisturbed = time_with_jump(ms(0), 0);
    for jump in [HOUR, -HOUR, TEN_YEARS, -TEN_YEARS] {
        for step in 0..8 {
            let time = time_with_jump(ms(step * 53), jump);
            assert!(time.abs_diff(undisturbed) < undisturbed / 10, "{jump} at {step}: {time:?}");
        }
    }
}

#[test]
fn time_goes_on_for_hostile_peers_whose_clocks_jump() {
    for jump in [3_600_000_000_000, -3_600_000_000_000] {
        let mut world = world(1);
        let honest = add(&mut world, defaults());
        let content = blocks(&mut world, 4, 2_000);
        world.store(honest, &content);
        let known = content.iter().map(|(cid, _)| *cid).collect();
        let knowledge =
            Arc::new(Knowledge::new(known, content.iter().map(|(_, block)| block.clone())));
        for kind in Kind::ALL {
            let hostile = kind.make(kind.most_aggressive(1), Arc::clone(&knowledge));
            let hostile = world.add_hostile(hostile, Access::default());
            world.connect(honest, hostile, link(10));
            world.jump_clock(hostile, jump);
        }

        passes(world.run_until(at(2_000)));

        assert_eq!(world.now(), at(2_000));
    }
}

/// How long a fetch of 1.3 s takes in which nobody is slow, if its node's clock jumps once.
fn time_with_jump(after: Duration, jump: i64) -> Duration {
    let mut world = three_servers(3, &[]);
    passes(world.run_until(world.now().after(after)));
    world.jump_clock(world.report().nodes[0].node, jump);

    let report = finish(&mut world);
    // An answer that was waited for during a jump seems faster than it was, so a few that are as
    // fast as all others seem late; had the jump counted, all that were asked would be.
    let ended = report.nodes[0].stats.client.asks_ended;
    let timed_out = ended[AskOutcome::TimedOut as usize];
    assert!(timed_out * 50 < ended.iter().sum::<u64>(), "{jump} after {after:?}: {timed_out}");
    assert_eq!(report.fetches[0].failed, 0, "{jump} after {after:?}");
    report.fetches[0].time().expect("it ended")
}
