//! What a profiler is to count.

use std::hint::black_box;

/// Does `work`. Not inlined, so that callgrind can be told to count what happens in here, by the
/// name of this function.
#[inline(never)]
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
