//! Worlds of real engines, from two nodes to fifty.

mod cast;
mod resets;
mod same_seed;
mod scripts;
mod storms;
mod strategies;
mod swarms;
mod timing;
