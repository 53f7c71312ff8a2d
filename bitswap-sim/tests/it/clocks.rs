//! Clocks that jump hold nobody up and lose nothing (F25).

use bitswap_core::AskOutcome;

use crate::cast::{finish, ms, passes, three_servers};

const HOUR: i64 = 3_600_000_000_000;

#[test]
fn a_clock_that_jumps_between_any_two_inputs_changes_no_fetch() {
    let undisturbed = finish(&mut three_servers(3, &[])).fetches[0].time();
    for jump in [HOUR, -HOUR, 10 * 365 * 24 * HOUR, -10 * 365 * 24 * HOUR] {
        let mut world = three_servers(3, &[]);
        let fetcher = world.report().fetches[0].node;
        for _ in 0..20 {
            passes(world.run_until(world.now().after(ms(23))));
            world.jump_clock(fetcher, jump);
        }

        let report = finish(&mut world);
        let timed_out = report.nodes[0].stats.client.asks_ended[AskOutcome::TimedOut as usize];
        assert_eq!((report.fetches[0].failed, timed_out), (0, 0), "{jump}");
        let time = report.fetches[0].time().zip(undisturbed);
        assert!(time.is_some_and(|(time, calm)| time < calm * 11 / 10), "{jump}: {time:?}");
    }
}
