//! Historic bugs of other implementations, which tests put back to prove that they would be seen.
//!
//! Where a bug would be, the engine says `bug!(B01)`: with `--cfg bitswap_bugs` whether the engine
//! at work was made with that bug, without it the constant `false`. Nothing else may depend on it.

#[cfg(bitswap_bugs)]
mod list;

#[cfg(bitswap_bugs)]
use std::cell::Cell;

#[cfg(bitswap_bugs)]
pub use list::Bug;

/// Whether a bug is put back here.
#[cfg(not(bitswap_bugs))]
macro_rules! bug {
    ($bug:ident) => {
        false
    };
}

/// Whether a bug is put back here.
#[cfg(bitswap_bugs)]
macro_rules! bug {
    ($bug:ident) => {
        crate::bugs::is_back(crate::bugs::Bug::$bug)
    };
}

// Machines know no configuration, and none is to be passed to them for bugs' sake.
#[cfg(bitswap_bugs)]
thread_local! {
    /// The bug of the engine that is at work on this thread.
    static AT_WORK: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// An engine with this bug, or none, is at work from now on.
#[cfg(bitswap_bugs)]
pub(crate) fn choose(bug: Option<Bug>) {
    AT_WORK.set(bug);
}

#[cfg(bitswap_bugs)]
pub(crate) fn is_back(bug: Bug) -> bool {
    AT_WORK.get() == Some(bug)
}
