//! What must hold for any bytes: one function for each fuzz target, which panics where something
//! does not.
//!
//! The binaries that hand them to libFuzzer are in `fuzz_targets/`, a package of its own; tests
//! replay what is in `corpus/`. How to run them is in the README beside this crate.

#![expect(clippy::unwrap_used, reason = "a target that panics has found something")]

mod cid_parse;
mod dice;
mod engine_ops;
mod engine_vs_engine;
mod frame_reader;
mod peers;
mod plain;
mod prefix_hash;
mod script_gen;
mod store_ops;
mod wire_decode;
mod wire_diff;

pub use cid_parse::cid_parse;
pub use engine_ops::engine_ops;
pub use engine_vs_engine::engine_vs_engine;
pub use frame_reader::frame_reader;
pub use prefix_hash::prefix_hash;
pub use script_gen::script_gen;
pub use store_ops::store_ops;
pub use wire_decode::wire_decode;
pub use wire_diff::wire_diff;

/// A target's name, which is also its corpus' folder, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("cid_parse", cid_parse),
    ("engine_ops", engine_ops),
    ("engine_vs_engine", engine_vs_engine),
    ("frame_reader", frame_reader),
    ("prefix_hash", prefix_hash),
    ("script_gen", script_gen),
    ("store_ops", store_ops),
    ("wire_decode", wire_decode),
    ("wire_diff", wire_diff),
];
