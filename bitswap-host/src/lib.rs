//! The libp2p host of a node: its connections, and identify, ping and the DHTs beside Bitswap.
//!
//! [`Host::new`] takes a `Behaviour` of bitswap-net; [`Host::run`] drives it until the
//! [`HostHandle`] is dropped. Neighbours (`mdns`) and the router
//! (`upnp`) are features.

#![expect(missing_debug_implementations, reason = "behaviours, stores and strategies have none")]

mod addresses;
mod cause;
pub mod counts;
mod dht;
mod handle;
mod hearing;
mod host;
mod limits;
mod nat;
mod peers;
mod persistent_peers;
mod read_ahead;
mod sockets;
mod transport;
mod yamux;

pub use self::addresses::Withheld;
pub use self::dht::{DhtConfig, DhtMode, DhtRouter};
pub use self::handle::{Announcer, DhtError, DialFailure, HostHandle};
pub use self::host::{Host, HostConfig, HostError, ListenError};
pub use self::limits::ConnectionLimits;
pub use self::nat::{NatConfig, Reachability};
pub use self::peers::{Connection, PeerView};
pub use self::persistent_peers::Lease;
