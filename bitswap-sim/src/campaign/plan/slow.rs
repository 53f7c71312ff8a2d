//! In some plans lines are slow: from 4 kB/s on, and what several peers are sent shares one.

use bitswap_core::Chance;

use super::{Plan, Player};

/// The fewest kbit/s that other plans have; below it a run is given the time that its lines need.
pub(super) const USUAL_LEAST: u32 = 1_000;
const KBITS: [u32; 4] = [32, 100, 300, 600];
/// So few contents, and so short, that the slowest of lines carries them in minutes.
const CONTENTS: usize = 8;
const BYTES: u32 = 32_000;

/// Slows one plan in eight down, unless somebody is so eager that a slow line carries nothing else.
/// Its dice are its own: the other plans stay as they are.
pub(super) fn slow_down(plan: &mut Plan) {
    let mut chance = Chance::named(plan.seed, "slow lines");
    let is_eager = |player: &Player| player.hostile > Player::WILD;
    if !chance.one_in(1, 8) || !plan.bulks.is_empty() || plan.players.iter().any(is_eager) {
        return;
    }
    let mut pick = || KBITS[chance.below(KBITS.len() as u64) as usize];
    let lines: Vec<[u32; 2]> = plan.players.iter().map(|_| [pick(), pick()]).collect();
    for (player, [up, down]) in plan.players.iter_mut().zip(lines) {
        player.up = if chance.one_in(1, 2) { up } else { player.up };
        player.down = if chance.one_in(1, 4) { down } else { player.down };
    }
    plan.contents.truncate(CONTENTS);
    for content in &mut plan.contents {
        content.bytes = content.bytes.min(BYTES + content.bytes % 3);
    }
}
