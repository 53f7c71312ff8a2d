//! The catalog of strategies: five judgements, many ways to make each, no I/O.
//!
//! ```
//! use bitswap_core::strategy::Role;
//! use bitswap_strategies::catalog::{self, StrategyChoice};
//!
//! let entry = catalog::find(Role::PeerSelector, "probabilistic")?;
//! assert!(!entry.parameters().is_empty());
//!
//! // For an engine, or a node: all defaults but one.
//! let choice = StrategyChoice::default().with_text("task_prioritizer=fifo")?;
//! let strategies = choice.build()?;
//! assert_eq!(&**strategies.name(Role::TaskPrioritizer), "fifo");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! To add a strategy called `my-way` for, say, the task prioritizer:
//!
//! 1. Write `src/prioritize/my_way.rs`. Its first line, `//! What it does in one sentence.`, is
//!    what lists and documents show. It holds a type `MyWay` that implements
//!    [`TaskPrioritizer`](bitswap_core::strategy::TaskPrioritizer) and
//!    [`Configured`](catalog::Configured), as a type does that is nothing but its
//!    [`parameters!`].
//! 2. Add its line to `src/catalog.rs`, in order of name:
//!    `"my-way" => my_way::MyWay, Experimental, "where the idea comes from";`
//!
//! From that line follow the module, the parsing of its parameters, "did you mean", its page in
//! `docs/strategies/catalog.md` and the [`conformance`] suite. Only `cargo fmt` does not look
//! behind a macro: such a file is formatted by its name, `rustfmt --edition 2024 FILE`.

mod broken_haves;
mod budget;
pub mod cases;
#[macro_use]
pub mod catalog;
pub mod conformance;
pub mod diff;
mod draw;
mod evidence;
pub mod find;
mod finish;
pub mod fixture;
pub mod ledger;
mod order;
pub mod prioritize;
pub mod quantity;
pub mod registry;
mod rounds;
#[cfg(feature = "scripts")]
pub mod script;
pub mod select;
pub mod tools;
pub mod wrap;
