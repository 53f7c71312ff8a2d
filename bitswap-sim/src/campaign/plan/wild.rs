//! In some plans hostile peers are many, or as eager as they can be.

use bitswap_core::Chance;

use super::{Plan, Player, limits};

/// Lets one plan in eight have more of them, or wilder ones. Its dice are its own: the other plans
/// stay as they are.
pub(super) fn let_loose(plan: &mut Plan) {
    let mut chance = Chance::named(plan.seed, "wild");
    if !chance.one_in(1, 8) || !plan.bulks.is_empty() {
        return;
    }
    let is_wild = chance.one_in(1, 2);
    let more = if is_wild { 1 } else { 3 };
    for place in 2..plan.players.len() {
        if chance.one_in(more, 4) {
            plan.players[place].hostile = 1 + chance.below(limits::ACTIVE) as u8;
        }
        if is_wild && !plan.players[place].is_honest() {
            plan.players[place].hostile |= Player::WILD;
        }
    }
    if chance.one_in(1, 2) {
        for player in plan.players.iter_mut().filter(|player| player.is_honest()) {
            player.settings |= Player::FEW_REQUESTS;
        }
    }
}
