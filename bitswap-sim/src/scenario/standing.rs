//! `standing`: one peer reads a file of a server, and many others ask for it and read nothing.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::{CallId, CallOptions, Chance, SessionId, Timestamp};

use super::city::CityError;
use super::defaults;
use crate::content::Pool;
use crate::hostile::{Kind, Knowledge};
use crate::report::FetchReport;
use crate::{Access, Halt, Link, NodeId, World};

/// Parameters of the scenario. With the defaults, 32 of the readers could hold all that the server
/// may have read and not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Number of peers that ask for all blocks and read nothing.
    pub readers: usize,
    /// Number of blocks of the file.
    pub blocks: usize,
    /// Block size in bytes.
    pub block: usize,
}

impl Default for Standing {
    fn default() -> Self {
        Self { readers: 64, blocks: 40, block: 256 * 1024 }
    }
}

/// The world of this scenario, while it runs.
#[derive(Debug)]
pub struct StandingWorld {
    /// The simulated world. Its first node serves.
    pub world: World,
    /// The call of the peer that reads.
    pub fetch: CallId,
    server: NodeId,
}

impl Standing {
    /// When the peer that reads begins: by then the others hold what they can.
    const BEGINS: Duration = Duration::from_secs(2);

    /// Builds the world and lets the peer that reads begin.
    ///
    /// # Errors
    /// A [`CityError`] if the blocks are too large, or an engine cannot work or broke an invariant.
    pub fn build(&self, seed: u64) -> Result<StandingWorld, CityError> {
        let mut chance = Chance::named(seed, "standing");
        let file = Pool::new(&mut chance, 1 << 20).blocks(self.blocks, self.block)?;
        let mut world = World::new(seed);
        world.strict(true);
        let (server, reader) = (world.add_node(defaults())?, world.add_node(defaults())?);
        world.store(server, &file);
        let link = Link::with_latency(Duration::from_millis(10));
        world.connect(server, reader, link);
        let cids: Vec<_> = file.iter().map(|(cid, _)| *cid).collect();
        let knowledge = Arc::new(Knowledge::new(cids.clone(), []));
        for _ in 0..self.readers {
            let kind = Kind::StandingReader;
            let peer = kind.make(kind.most_aggressive(chance.bits()), Arc::clone(&knowledge));
            let peer = world.add_hostile(peer, Access::default());
            world.connect(server, peer, link);
        }
        world.run_until(Timestamp::ZERO.after(Self::BEGINS))?;
        let options = CallOptions { credit: 64, ..CallOptions::default() };
        let fetch = world.fetch(reader, SessionId(1), cids, options);
        Ok(StandingWorld { world, fetch, server })
    }
}

impl StandingWorld {
    const STEP: Duration = Duration::from_millis(100);

    /// Runs the world for so long, or until the peer has all blocks. How long that took, and the
    /// most block bytes that the server had read and not sent.
    ///
    /// # Errors
    /// [`Halt::Violation`] if an engine broke an invariant.
    pub fn run(&mut self, time: Duration) -> Result<(Option<Duration>, u64), Halt> {
        let end = self.world.now().after(time);
        let mut held = 0;
        while self.world.now() < end && self.took().is_none() {
            self.world.run_until(self.world.now().after(Self::STEP))?;
            held = held.max(self.world.engine(self.server).gauges().outstanding_bytes);
        }
        Ok((self.took(), held))
    }

    fn took(&self) -> Option<Duration> {
        let fetch = self.world.fetched(self.fetch).filter(|fetch| fetch.failed == 0);
        fetch.and_then(FetchReport::time)
    }
}
