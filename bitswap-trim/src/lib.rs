//! Gives the system the memory back that glibc's allocator keeps after it was freed.
//!
//! glibc keeps what lies between pieces that are in use, for as long as the process lives. This
//! crate owns the one `unsafe` line of the workspace, and nothing else.

#[cfg(test)]
mod tests;

/// Whether [`trim`] can do anything: with glibc on Linux.
pub const IS_SUPPORTED: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

/// Gives all whole pages back in which nothing is in use; true if there were any.
///
/// It looks at everything that was freed, some milliseconds for 100 MiB, and other threads that
/// allocate wait meanwhile. Source: `malloc_trim(3)`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn trim() -> bool {
    #[expect(unsafe_code, reason = "there is no safe way to ask glibc")]
    // SAFETY: any thread may call it at any time, with any padding, and what is in use stays.
    let found = unsafe { libc::malloc_trim(0) };
    found == 1
}

/// Other allocators are not asked.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const fn trim() -> bool {
    false
}
