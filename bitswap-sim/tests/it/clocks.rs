//! Clocks that jump.

use std::sync::Arc;

use bitswap_sim::Access;
use bitswap_sim::hostile::{Kind, Lore};

use crate::cast::{add, at, blocks, defaults, link, passes, world};

#[test]
fn time_goes_on_for_hostile_peers_whose_clocks_jump() {
    for jump in [3_600_000_000_000, -3_600_000_000_000] {
        let mut world = world(1);
        let honest = add(&mut world, defaults());
        let content = blocks(&mut world, 4, 2_000);
        world.store(honest, &content);
        let known = content.iter().map(|(cid, _)| *cid).collect();
        let lore = Arc::new(Lore::new(known, content.iter().map(|(_, block)| block.clone())));
        for kind in Kind::ALL {
            let hostile = kind.make(kind.temper(1), Arc::clone(&lore));
            let hostile = world.add_hostile(hostile, Access::default());
            world.connect(honest, hostile, link(10));
            world.jump_clock(hostile, jump);
        }

        passes(world.run_until(at(2_000)));

        assert_eq!(world.now(), at(2_000));
    }
}
