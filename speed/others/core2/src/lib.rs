//! What core2 is where there is a standard library.

pub use std::{error, io};
