//! Many real engines in one process, on one clock and one seed, exchanging real bytes.
//!
//! Only the network, the stores and the callers are models. There is no clock, no thread and no
//! dice but the seed's, so a run can be repeated to the last byte.

pub mod calibration;
pub mod campaign;
pub mod chaos;
pub mod churn;
pub mod content;
mod draw;
pub mod hostile;
mod network;
pub mod onlooker;
pub mod placement;
pub mod popularity;
mod report;
mod routing;
pub mod scenario;
mod store;
pub mod topology;
pub mod workload;
mod world;

pub use network::{Access, Latency, Link, Rate};
pub use report::{FetchReport, NodeReport, Report, Source, Tally, Traffic};
pub use routing::{Dialling, Records, Router, Routing, RoutingTally};
pub use store::StoreModel;
pub use topology::{Edge, Topology};
pub use world::{Crash, Halt, NodeConfig, NodeId, Said, TraceHash, World};
