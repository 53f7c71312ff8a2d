//! Tests of the tree itself. Each test is a sentence about the sources and, where it finds that the
//! sentence is false, says in which line and what to do; each scanner is tried on planted texts.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

mod anchors;
mod catalog;
mod ceilings;
mod code;
mod conformance;
mod crates;
mod features;
mod glossary;
mod imports;
mod manifests;
mod mutants;
mod paths;
mod places;
mod sizes;
mod text;
mod tree;
