//! In some plans peers hold a resource and do nothing else.

use bitswap_core::Chance;

use super::{Plan, limits};

/// How often such a peer asks for blocks and reads none; the other kinds have 1 each. Above 0, I10
/// is judged beside peers that do not read, too. It is 0 until the server gives its turns to those
/// that take what they are given.
pub(in crate::campaign) const STANDING_READERS: u64 = 0;

/// Seats some in one plan of eight. Its dice are its own: the other plans stay as they are.
pub(super) fn seat(plan: &mut Plan) {
    let mut chance = Chance::named(plan.seed, "holders");
    if !chance.one_in(1, 8) || !plan.bulks.is_empty() {
        return;
    }
    for player in plan.players.iter_mut().skip(2) {
        let kind = chance.weighted([STANDING_READERS, 1, 1].into_iter());
        if let Some(kind) = kind.filter(|_| chance.one_in(1, 2)) {
            player.hostile = (1 + limits::ACTIVE) as u8 + kind as u8;
        }
    }
}
