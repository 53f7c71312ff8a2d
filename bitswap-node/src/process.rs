//! What the system tells of this process.

#[cfg(test)]
mod tests;

use std::fs;

/// Its memory, in bytes; nothing where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProcessMemory {
    pub(crate) resident: Option<u64>,
    /// The most that it ever had.
    pub(crate) peak: Option<u64>,
}

impl ProcessMemory {
    /// As Linux tells it.
    pub(crate) fn now() -> Self {
        fs::read_to_string("/proc/self/status").map_or_else(|_| Self::default(), |it| Self::of(&it))
    }

    fn of(status: &str) -> Self {
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
            kib.checked_mul(1024)
        };
        Self { resident: bytes("VmRSS:"), peak: bytes("VmHWM:") }
    }
}
