//! Yamux with receive windows that grow with the round trip, within a budget for all connections.
//!
//! A stream's window starts at 256 KiB and doubles while the peer uses it up within two round
//! trips. What one connection's windows may grow by is set when the connection is made, from what
//! the budget has left, and comes back when it ends.

mod coalesce;
mod split;
mod window_budget;

use std::io;

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, UpgradeInfo};
use libp2p::yamux;

use self::coalesce::CoalescedWrites;
use self::split::SplitFrames;
pub(super) use self::window_budget::WindowBudget;

/// What a connection's Yamux reads and writes.
type Io<C> = SplitFrames<CoalescedWrites<C>>;

/// The upgrade of a connection to Yamux.
#[derive(Clone, Debug)]
pub(super) struct Yamux {
    budget: WindowBudget,
}

impl Yamux {
    /// Windows grow within `budget`.
    pub(super) const fn within(budget: WindowBudget) -> Self {
        Self { budget }
    }

    /// What one connection is made of: its share of the budget lasts as long as its socket.
    fn parts<C>(self, io: C) -> (yamux::Config, Io<C>) {
        let share = self.budget.share();
        let mut config = yamux::Config::default();
        config.set_max_num_streams(streams_for(share.bytes()));
        (config, SplitFrames::new(CoalescedWrites::new(io), share))
    }
}

/// The number of streams that leaves windows so many bytes to grow by: they may have 1 GiB
/// together, less 256 KiB for each stream that there may be, and only the number of streams
/// can be set.
const fn streams_for(growth: usize) -> usize {
    const ALL_WINDOWS: usize = 1 << 30;
    const FIRST_WINDOW: usize = 256 * 1024;
    (ALL_WINDOWS - growth) / FIRST_WINDOW
}

impl UpgradeInfo for Yamux {
    type Info = <yamux::Config as UpgradeInfo>::Info;
    type InfoIter = <yamux::Config as UpgradeInfo>::InfoIter;

    fn protocol_info(&self) -> Self::InfoIter {
        yamux::Config::default().protocol_info()
    }
}

impl<C> InboundConnectionUpgrade<C> for Yamux
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Output = yamux::Muxer<Io<C>>;
    type Error = io::Error;
    type Future = <yamux::Config as InboundConnectionUpgrade<Io<C>>>::Future;

    fn upgrade_inbound(self, io: C, protocol: Self::Info) -> Self::Future {
        let (config, io) = self.parts(io);
        config.upgrade_inbound(io, protocol)
    }
}

impl<C> OutboundConnectionUpgrade<C> for Yamux
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Output = yamux::Muxer<Io<C>>;
    type Error = io::Error;
    type Future = <yamux::Config as OutboundConnectionUpgrade<Io<C>>>::Future;

    fn upgrade_outbound(self, io: C, protocol: Self::Info) -> Self::Future {
        let (config, io) = self.parts(io);
        config.upgrade_outbound(io, protocol)
    }
}
