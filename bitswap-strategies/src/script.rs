//! Strategies written in rhai: checked and rehearsed when loaded, sandboxed, never the last word.
//!
//! A script is a text and a name; who reads it from where is the caller's business. It mirrors its
//! role's trait: the same functions, arguments and fields, with durations as integers in `…_ms`,
//! what is unknown as `()`, and peers and wants as integers. A call that fails is answered by a
//! native strategy in the same decision and leaves neither state nor rolled dice behind; after
//! five failures in a minute the native one stays in charge until the script is loaded again.

mod breaker;
mod budget;
mod connected;
mod convert;
mod error;
mod handle;
mod kit;
mod load;
mod maths;
mod mirror;
mod natives;
mod page;
mod params;
mod reasons;
mod runner;
mod sandbox;
mod signature;
mod state;
mod stats;
mod table;
mod trial;
mod trie;
mod undo;

pub use error::{At, ScriptError};
pub use load::Script;
pub use page::{template, views_page};
pub use sandbox::LONGEST_TEXT;
pub use stats::{Cause, Failure, ScriptCounts, ScriptStats};
pub use trial::Misfit;
