//! Many real engines in one process, on one clock and one seed, exchanging real bytes.
//!
//! Only the network, the stores and the callers are models. There is no clock, no thread and no
//! dice but the seed's, so a run can be repeated to the last byte.
//!
//! A [`World`] is all that one needs, and says everything by hand. An experiment is put together
//! from smaller pieces, each drawn from streams of its own, so that changing one, or a strategy,
//! changes no other: a [`topology`] with its distances, [`content`] as real trees of blocks, its
//! [`placement`], a [`workload`] and [`churn`] as timetables, and a [`trial`](trial::Trial) that
//! carries them out on a world and says how long each fetch took.

pub mod calibration;
pub mod campaign;
pub mod chaos;
pub mod churn;
pub mod compare;
pub mod content;
mod draw;
pub mod hostile;
pub mod invariants;
pub mod lines;
mod network;
pub mod open_metrics;
pub mod placement;
pub mod popularity;
pub mod recorded;
mod report;
mod routing;
pub mod scenario;
mod store;
pub mod topology;
pub mod trial;
pub mod workload;
mod world;

pub use network::{Access, Carrier, Latency, Link, Ramp, Rate, Transport};
pub use report::{FetchReport, NodeReport, Report, Source, Tally, Traffic};
pub use routing::{Dialling, Records, Router, Routing, RoutingTally};
pub use store::StoreModel;
pub use topology::{Edge, Topology};
pub use world::{BlockTimes, Crash, Halt, NodeConfig, NodeId, SentWants, TraceHash, World};
