//! The catalog as others use it.

mod catalog;
mod conformance;
mod docs;
#[cfg(feature = "scripts")]
mod scripts;
