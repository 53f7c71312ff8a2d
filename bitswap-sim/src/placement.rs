//! The holders of content from the start: for each thing, be it a file or a block, the nodes that
//! hold it.

use bitswap_core::Chance;

use crate::popularity::Popularity;

/// How things are spread over nodes. Each thing has at least one holder, if there is a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// So many different holders of each, the first nodes rather than the last ones, as their
    /// popularity has it: even for `k` of `n` at random.
    Drawn {
        /// Holders of each.
        holders: usize,
        /// Of holders.
        popularity: Popularity,
    },
    /// All have everything.
    Everyone,
    /// So many hundredths of all things are with everybody; the others are with one node each, in
    /// turn.
    Overlap {
        /// Hundredths.
        percent: u32,
    },
    /// Each has each with this chance; what nobody would have, one has.
    Portion {
        /// Hundredths.
        percent: u32,
    },
}

impl Placement {
    /// The holders of each of so many things, among `nodes`, from the seed's stream for placement.
    pub fn holders(&self, things: usize, nodes: &[usize], seed: u64) -> Vec<Vec<usize>> {
        let mut chance = Chance::named(seed, "placement");
        if nodes.is_empty() {
            return vec![Vec::new(); things];
        }
        match *self {
            Self::Drawn { holders, popularity } => {
                let shares = popularity.of(nodes.len());
                let mut draw = || shares.draw_different(holders.max(1), &mut chance);
                (0..things)
                    .map(|_| draw().into_iter().map(|place| nodes[place]).collect())
                    .collect()
            }
            Self::Everyone => vec![nodes.to_vec(); things],
            Self::Overlap { percent } => {
                let shared = things * percent.min(100) as usize / 100;
                let turns = nodes.iter().cycle().take(things);
                let mut spread: Vec<Vec<usize>> = turns.map(|node| vec![*node]).collect();
                let mut order: Vec<usize> = (0..things).collect();
                for place in 0..shared {
                    let other = place + chance.below((things - place) as u64) as usize;
                    order.swap(place, other);
                    spread[order[place]] = nodes.to_vec();
                }
                spread
            }
            Self::Portion { percent } => {
                let mut draw = || {
                    let has = |_: &usize| chance.one_in(percent.into(), 100);
                    let some: Vec<usize> = nodes.iter().copied().filter(has).collect();
                    let one = nodes[chance.below(nodes.len() as u64) as usize];
                    if some.is_empty() { vec![one] } else { some }
                };
                (0..things).map(|_| draw()).collect()
            }
        }
    }
}
