//! A city on a bad day: `scenario city`, with other strategies on all honest nodes.

use super::star::Star;
use super::{CompareError, RunConfig};
use crate::scenario::city::City;
use crate::world::World;

/// A city of so many nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct BadDay {
    pub(super) nodes: usize,
    /// Whether a connection that breaks is, as a rule, the only one of two nodes: both are
    /// disconnected, and one of them dials again within three seconds.
    pub(super) disconnects: bool,
}

impl BadDay {
    pub(super) fn run(&self, config: &RunConfig<'_>) -> Result<World, CompareError> {
        let (strategies, transport) = (config.choice.clone(), config.transport);
        let city = City { strategies, transport, ..City::default() }.with_nodes(self.nodes);
        let mut city_world = city.build(config.seed, false)?;
        city_world.world.hand_over(true);
        city_world.world.time_blocks(true);
        city_world.world.break_only_connections(self.disconnects);
        city_world.run(Star::LONGEST, Star::MOST_EVENTS)?;
        Ok(city_world.world)
    }
}
