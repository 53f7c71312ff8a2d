//! Single strategies of a player are replaced, by any of their role in the catalog or by chaos.

use bitswap_core::Chance;
use bitswap_core::strategy::{NamedStrategy, Role};
use bitswap_strategies::catalog::{self, StrategyChoice};

use super::limits::names;
use super::{Fault, FaultKind, Plan};
use crate::chaos;

/// A role, and the name of the strategy that takes it over; `None` is chaos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::campaign) struct Swap {
    pub(in crate::campaign) role: Role,
    pub(in crate::campaign) name: Option<&'static str>,
}

/// Adds some to one plan in four. Their dice are their own: the rest of a plan stays as it is.
pub(super) fn add(plan: &mut Plan) {
    let mut chance = Chance::named(plan.seed, "swaps");
    if plan.players.is_empty() || !chance.one_in(1, 4) {
        return;
    }
    for _ in 0..=chance.below(8) {
        let one = chance.below(plan.players.len() as u64) as u8;
        let longest = if chance.one_in(1, 2) { 3_000 } else { 30_000 };
        let at = chance.below(longest) as u32;
        let much = Swap::draw(&mut chance);
        plan.faults.push(Fault { at, what: FaultKind::Swap, one, other: one, much });
    }
    plan.faults.sort_by_key(|fault| fault.at);
}

impl Swap {
    /// The number of chaos.
    const CHAOS: u32 = 255;

    /// What a fault's number stands for: the role in the lowest three bits, then the strategy.
    pub(in crate::campaign) fn of(much: u32) -> Self {
        let role = Role::ALL.get(much as usize & 7).copied().unwrap_or(Role::PeerSelector);
        let (number, names) = (much >> 3, names(role));
        let first = names.first().copied().unwrap_or_default();
        let known = names.get(number as usize).copied().unwrap_or(first);
        Self { role, name: (number != Self::CHAOS).then_some(known) }
    }

    fn draw(chance: &mut Chance) -> u32 {
        let place = chance.below(Role::ALL.len() as u64) as usize;
        let names = catalog::of_role(Role::ALL[place]).count() as u64;
        let drawn = chance.below(names) as u32;
        // A finder that never searches ends everything at once: seldom.
        let ends_all = Role::ALL[place] == Role::ProviderFinder && drawn == 1;
        let number = match chance.below(8) {
            0 => Self::CHAOS,
            1..4 if ends_all => drawn,
            _ if ends_all => 0,
            _ => drawn,
        };
        place as u32 | number << 3
    }

    /// The strategy; `None` if the catalog cannot make it.
    pub(in crate::campaign) fn strategy(&self) -> Option<NamedStrategy> {
        let Some(name) = self.name else {
            return Some(chaos::strategies(1 << self.role as u32).into_one(self.role));
        };
        let choice = StrategyChoice::default().with_text(&format!("{}={name}", self.role)).ok()?;
        choice.build_roles(&[self.role]).ok()?.pop()
    }
}
