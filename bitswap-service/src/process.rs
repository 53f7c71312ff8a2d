//! What the system tells of this process.

#[cfg(test)]
mod tests;
pub mod trim;

use std::time::Duration;

/// This process; nothing where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProcessInfo {
    /// Memory, in bytes.
    pub resident: Option<u64>,
    /// The most memory that it ever had, in bytes.
    pub peak: Option<u64>,
    /// Addresses that it has taken, in bytes.
    pub(crate) virtual_bytes: Option<u64>,
    /// Time on processors, user and system, in seconds.
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) open_fds: Option<u64>,
    /// How many file descriptors may be open.
    pub(crate) max_fds: Option<u64>,
    pub(crate) threads: Option<u64>,
    /// When it started, as Unix time in seconds.
    pub(crate) started_at: Option<u64>,
}

/// Allows this process as many open files as the system lets it have, since each connection is one:
/// what shells and supervisors set at first is often 1,024.
#[cfg(unix)]
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    const ENOUGH: u64 = 65_536;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if current.is_some_and(|current| current < wanted) {
        let limit = Rlimit { current: Some(wanted), maximum };
        if let Err(why) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%why, "the limit of open files stays");
        }
    }
}

#[cfg(not(unix))]
pub(crate) const fn raise_file_limit() {}

/// Time that this process has spent on processors, user and system.
#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};

    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
}

#[cfg(not(unix))]
const fn cpu_time() -> Option<Duration> {
    None
}

impl ProcessInfo {
    /// As Linux tells it.
    #[cfg(target_os = "linux")]
    pub fn now() -> Self {
        use procfs::process::{LimitValue, Process};

        let Ok(process) = Process::myself() else { return Self::default() };
        let mut known = Self::default();
        if let Ok(status) = process.status() {
            let bytes = |kib: u64| kib.checked_mul(1024);
            known.resident = status.vmrss.and_then(bytes);
            known.peak = status.vmhwm.and_then(bytes);
            known.virtual_bytes = status.vmsize.and_then(bytes);
            known.threads = Some(status.threads);
        }
        if let Ok(stat) = process.stat() {
            let a_second = procfs::ticks_per_second();
            let seconds = |ticks: u64| ticks.checked_div(a_second);
            let booted_at = procfs::boot_time_secs().ok();
            known.started_at = booted_at.zip(seconds(stat.starttime)).map(|(at, ran)| at + ran);
        }
        known.cpu_seconds = cpu_time().map(|time| time.as_secs_f64());
        known.open_fds = process.fd_count().ok().map(|count| count as u64);
        known.max_fds =
            process.limits().ok().map(|limits| match limits.max_open_files.soft_limit {
                LimitValue::Value(most) => most,
                LimitValue::Unlimited => u64::MAX,
            });
        known
    }

    /// Others are not asked.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn now() -> Self {
        Self::default()
    }
}
