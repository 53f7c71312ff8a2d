//! Sizes, rates and times as people read and write them: binary units, three digits.

use std::time::Duration;

use bitswap_strategies::quantity::{self, QuantityError};

use crate::error::CliError;

/// A time as `500ms`, `30s` or `5m`, above 0.
pub fn duration(text: &str) -> Result<Duration, CliError> {
    let read = quantity::duration(text).and_then(|duration| match duration {
        Duration::ZERO => Err(QuantityError {
            given: text.to_owned(),
            expected: quantity::DURATION,
            why: "it has to be more than 0".to_owned(),
        }),
        duration => Ok(duration),
    });
    read.map_err(CliError::bad_duration)
}

/// A number of bytes.
pub fn size(bytes: u64) -> String {
    if bytes < 1024 { format!("{bytes} B") } else { scaled(bytes as f64) }
}

/// A number of bytes in a number of seconds.
pub fn rate(bytes: u64, seconds: f64) -> String {
    if seconds > 0.0 {
        format!("{}/s", scaled(bytes as f64 / seconds))
    } else {
        "at once".to_owned()
    }
}

/// A time, from milliseconds to days.
pub fn age(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1_000.0),
        seconds if seconds < 120.0 => format!("{seconds:.1} s"),
        seconds if seconds < 7_200.0 => format!("{:.0} min", seconds / 60.0),
        seconds if seconds < 172_800.0 => format!("{:.1} h", seconds / 3_600.0),
        seconds => format!("{:.1} d", seconds / 86_400.0),
    }
}

fn scaled(bytes: f64) -> String {
    let mut value = bytes / 1024.0;
    let mut unit = "KiB";
    for larger in ["MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    let digits = match value {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}
