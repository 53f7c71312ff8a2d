//! Now and then one player wants thousands of small blocks of another one.

use bitswap_core::Chance;

use super::{Bulk, Plan, limits};

/// Adds them to one plan in 32. Its dice are its own: the other plans stay as they are.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = Chance::named(plan.seed, "bulk");
    if !chance.one_in(1, 32) {
        return;
    }
    let stays =
        |place: &usize| plan.players[*place].is_honest() && plan.players[*place].leaves == 0;
    let stay: Vec<usize> = (0..plan.players.len()).filter(stays).collect();
    if stay.len() < 2 {
        return;
    }
    let one = chance.below(stay.len() as u64) as usize;
    let other = (one + 1 + chance.below(stay.len() as u64 - 1) as usize) % stay.len();
    let (holder, player) = (stay[one], stay[other]);
    let mut pick = |from: &[u16]| from[chance.below(from.len() as u64) as usize];
    let bulk = Bulk {
        at: pick(&[0, 300, 3_000]).into(),
        holder: holder as u8,
        player: player as u8,
        how: pick(&[0, 1, 1, 2]) as u8,
        blocks: pick(&[400, 1_500, 4_000, 4_000]),
        bytes: pick(&[10, 300, 2_000]),
    };
    let limits = if chance.one_in(1, 4) { limits::FEWER_WANTS } else { 0 };
    for place in [holder, player] {
        plan.players[place].limits = limits;
    }
    if chance.one_in(1, 2) {
        calm(plan);
    }
    // The rest of the plan is to be beside it, and not most of the work.
    plan.calls = plan.calls.iter().step_by(4).copied().collect();
    plan.bulks.push(bulk);
}

/// Nothing goes wrong: what stalls then, stalls by itself.
fn calm(plan: &mut Plan) {
    plan.faults.clear();
    for player in &mut plan.players {
        player.strategies = if player.is_calm() { player.strategies } else { 0 };
        (player.hostile, player.leaves, player.limits, player.settings) = (0, 0, 0, 0);
        (player.store, player.store_faults) = (player.store.min(5_000), 0);
        (player.up, player.down) = (player.up.max(100_000), player.down.max(100_000));
    }
    for link in &mut plan.links {
        (link.resets, link.protocol) = (0, link.protocol.min(1));
    }
}
