//! The catalog as others use it.

mod cases;
mod catalog;
mod conformance;
mod docs;
#[cfg(feature = "scripts")]
mod scripts;
