//! The catalog of strategies: five judgements, many ways to make each, no I/O.

pub mod fixture;
