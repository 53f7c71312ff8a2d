//! What a process tells.

use std::error::Error;
use std::fs;

use serde::Serialize;

use crate::latencies::Latencies;

/// One fetch of everything.
#[derive(Debug, Serialize)]
pub struct Report {
    seconds: f64,
    /// Bytes of payload that were asked for.
    useful: u64,
    /// Bytes of payload that came, if the library tells.
    received: Option<u64>,
    p50_us: Option<f64>,
    p99_us: Option<f64>,
    /// Peak memory less what was there when the fetch began, and what the system may hold: `kept`.
    above_payload: i64,
    cpu_seconds: f64,
}

/// What a process had when the fetch began.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    memory: i64,
    cpu: f64,
    at: std::time::Instant,
}

impl Before {
    /// Of this moment, which is when the time begins to run.
    pub fn now() -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { memory: kib("VmRSS")? * 1024, cpu: cpu()?, at: std::time::Instant::now() })
    }

    /// Prints what it took from then on; `kept` bytes of the payload are still in memory.
    pub fn report(
        self,
        useful: u64,
        received: Option<u64>,
        kept: u64,
        mut latencies: Latencies,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let seconds = self.at.elapsed().as_secs_f64();
        let (p50_us, p99_us) = (latencies.percentile(50), latencies.percentile(99));
        let report = Report {
            seconds,
            useful,
            received,
            p50_us,
            p99_us,
            above_payload: kib("VmHWM")? * 1024 - self.memory - kept as i64,
            cpu_seconds: cpu()? - self.cpu,
        };
        println!("{}", serde_json::to_string(&report)?);
        Ok(())
    }
}

fn kib(key: &str) -> Result<i64, Box<dyn Error + Send + Sync>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(key)).ok_or("no such line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}

/// Seconds of processor time so far, of a clock that ticks a hundred times a second.
fn cpu() -> Result<f64, Box<dyn Error + Send + Sync>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after = stat.rsplit(')').next().ok_or("no name")?;
    let fields: Vec<_> = after.split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<f64>();
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}
