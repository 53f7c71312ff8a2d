//! Now and then everybody wants everything of one slow server, and it matters whose turn it is.

use bitswap_core::Chance;

use super::{Call, Plan, PlannedLink, Player, limits};

/// Makes a crowd of one plan in sixteen. Its dice are its own: the other plans stay as they are.
pub(super) fn gather(plan: &mut Plan) {
    let mut chance = Chance::named(plan.seed, "crowd");
    let honest = (1..plan.players.len()).filter(|place| plan.players[*place].is_honest());
    let mut crowd: Vec<u8> = honest.map(|place| place as u8).collect();
    let Some(newcomer) = crowd.pop().filter(|_| !crowd.is_empty()) else {
        return;
    };
    if !chance.one_in(1, 16) || !plan.players.first().is_some_and(Player::is_honest) {
        return;
    }
    let few = chance.below(3);
    for content in &mut plan.contents {
        (content.holders, content.at) = (1, 0);
        content.bytes = 30_000 + chance.below(3) as u32;
    }
    plan.calls = crowd.iter().map(|player| call(*player, 0, u64::MAX)).collect();
    plan.calls.push(call(newcomer, 1_000 + 1_000 * few as u32, 1));
    plan.links = crowd.into_iter().chain([newcomer]).map(link).collect();
    plan.faults.retain(|fault| fault.one != 0 && fault.other != 0);
    slow_down(plan, few);
}

/// The first player sends one block after another, and lets nobody wait for more than so long.
fn slow_down(plan: &mut Plan, few: u64) {
    let limits = [(limits::OUTSTANDING_BYTES, 1), (limits::STARVATION, 1 + few)];
    for server in plan.players.iter_mut().take(1) {
        (server.up, server.store_faults) = (1_000, 0);
        for (place, choice) in limits {
            server.limits = server.limits & !(3 << (2 * place)) | choice << (2 * place);
        }
    }
}

const fn call(player: u8, at: u32, contents: u64) -> Call {
    Call { at, player, session: 0, contents, credit: 64, timeout: 0, priority: 0 }
}

const fn link(other: u8) -> PlannedLink {
    let (latency, protocol, lanes) = (5_000, 1, 2);
    PlannedLink { one: 0, other, latency, jitter: 0, resets: 0, protocol, lanes, negotiates: 0 }
}
