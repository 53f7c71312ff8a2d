//! In some plans peers hold a resource and do nothing else.

use bitswap_core::Chance;

use super::{Plan, limits};

/// Seats some in one plan of eight. Its dice are its own: the other plans stay as they are.
pub(super) fn seat(plan: &mut Plan) {
    let mut chance = Chance::named(plan.seed, "holders");
    if !chance.one_in(1, 8) || !plan.bulks.is_empty() {
        return;
    }
    for player in plan.players.iter_mut().skip(2) {
        let kind = chance.weighted([1, 1, 1].into_iter());
        if let Some(kind) = kind.filter(|_| chance.one_in(1, 2)) {
            player.hostile = (1 + limits::ACTIVE) as u8 + kind as u8;
        }
    }
}
