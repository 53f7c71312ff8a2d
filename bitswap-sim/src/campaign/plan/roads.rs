//! In some plans content routing finds providers: late, wrongly, or nobody at all.

use bitswap_core::Chance;

use super::{Plan, Routes};

/// Gives one plan in four a routing. Its dice are its own: the other plans stay as they are.
pub(super) fn lay(plan: &mut Plan) {
    let mut chance = Chance::named(plan.seed, "routes");
    if !chance.one_in(1, 4) {
        return;
    }
    let mut pick = |from: &[u32]| from[chance.below(from.len() as u64) as usize];
    plan.routes = Some(Routes {
        router: pick(&[0, 1]) as u8,
        round_trip: pick(&[10, 100, 1_000, 8_000]),
        visible_after: pick(&[0, 0, 1_000, 20_000]),
        missed: pick(&[0, 0, 30, 90]) as u8,
        outdated: pick(&[0, 0, 50]) as u8,
        wrong: pick(&[0, 0, 50]) as u8,
        unreachable: pick(&[0, 0, 30]) as u8,
        at_once: pick(&[1, 8]) as u8,
    });
    // A player that is connected to all others need not look for anybody.
    if chance.one_in(1, 2) && plan.bulks.is_empty() {
        plan.links = plan.links.iter().step_by(3).copied().collect();
    }
}
