//! A whole run as plain numbers: its nodes, the calls that they make, and the faults that strike
//! them. A plan can be drawn from a seed, written down in one word, read again, and made smaller.

mod bulk;
mod crowd;
mod draw;
mod holders;
mod item;
mod limits;
mod probe;
mod roads;
mod slow;
mod swap;
#[cfg(test)]
mod tests;
mod text;
mod wild;

pub use item::{Bulk, Call, Content, Fault, FaultKind, PlannedLink, Player, Routes};
pub use text::BadPlan;

pub(super) use draw::link_of;
pub(super) use limits::strategies;
pub(super) use probe::{searches, serves_all, waits_for_ever};
pub(super) use swap::Swap;

/// What is to happen in one run. Numbers out of range do no harm: they name nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Where all other chance comes from: links, stores, strategies.
    pub seed: u64,
    /// The nodes, by number.
    pub players: Vec<Player>,
    /// The connections that exist from the start.
    pub links: Vec<PlannedLink>,
    /// The blocks that can be fetched, by number.
    pub contents: Vec<Content>,
    /// The calls of all nodes.
    pub calls: Vec<Call>,
    /// The fetches of many small blocks at once.
    pub bulks: Vec<Bulk>,
    /// How players find those they do not know; without, they find nobody.
    pub routes: Option<Routes>,
    /// What goes wrong, in order of time.
    pub faults: Vec<Fault>,
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let mut plan = draw::plan(seed);
        crowd::gather(&mut plan);
        draw::mix_breaks(&mut plan);
        swap::add(&mut plan);
        bulk::add(&mut plan);
        roads::lay(&mut plan);
        wild::let_loose(&mut plan);
        holders::seat(&mut plan);
        slow::slow_down(&mut plan);
        plan
    }

    /// Whether all that keep to the rules have the limits that most nodes have.
    pub fn has_usual_limits(&self) -> bool {
        let mut honest = self.players.iter().filter(|player| player.is_honest());
        honest.all(|player| player.limits == 0)
    }

    /// Whether a line is slower than those of usual plans.
    pub fn is_slow(&self) -> bool {
        self.slowest() < slow::USUAL_LEAST
    }

    /// The kbit/s of its slowest line.
    pub fn slowest(&self) -> u32 {
        let lines = self.players.iter().map(|player| player.up.min(player.down));
        lines.min().unwrap_or(slow::USUAL_LEAST)
    }

    /// When its last call has begun and its last fault has struck, in ms.
    pub fn ends_at(&self) -> u32 {
        let calls = self.calls.iter().map(|call| call.at);
        let contents = self.contents.iter().map(|content| content.at);
        let faults = self.faults.iter().map(|fault| fault.at);
        let bulks = self.bulks.iter().map(|bulk| bulk.at);
        calls.chain(contents).chain(faults).chain(bulks).max().unwrap_or(0)
    }

    /// How much of it there is to take away.
    pub fn size(&self) -> usize {
        let lists = [self.links.len(), self.contents.len(), self.calls.len(), self.faults.len()];
        let bulks =
            self.bulks.iter().map(|bulk| 1 + bulk.blocks.checked_ilog2().unwrap_or(0) as usize);
        let routes = usize::from(self.routes.is_some());
        routes + self.players.len() + lists.into_iter().chain(bulks).sum::<usize>()
    }
}
