//! Runs this program under callgrind, and reads what it counted.

use std::env;
use std::fs;
use std::process::{self, Command};
use std::thread;

use crate::WHOLE;
use crate::world::Outcome;

/// The option that makes this program do a figure's work, and print of how many.
pub(crate) const FIGURE: &str = "--figure";

/// Instructions for each of what these figures do, two at once.
pub(crate) fn count_all(names: &[&str]) -> Vec<Result<u64, String>> {
    let of = |name: &&str| count(name).map_err(|error| error.to_string());
    let pair = |pair: &[&str]| {
        thread::scope(|scope| {
            let ahead = pair.get(1).map(|name| scope.spawn(move || of(name)));
            let first = pair.first().map(of);
            let second = ahead.map(|it| it.join().unwrap_or_else(|_| Err("it panicked".into())));
            first.into_iter().chain(second).collect::<Vec<_>>()
        })
    };
    names.chunks(2).flat_map(pair).collect()
}

/// Instructions for each of what the figure `name` does.
fn count(name: &str) -> Outcome<u64> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let file = env::temp_dir().join(format!("bitswap-callgrind-{}-{plain}", process::id()));
    let part: &[_] = if WHOLE.iter().any(|(whole, _)| *whole == name) {
        &[]
    } else {
        &["--collect-atstart=no", "--toggle-collect=*counted*counted*"]
    };
    let output = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .args(part)
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe()?)
        .args([FIGURE, name])
        .output()
        .map_err(|error| format!("valgrind (on Debian: apt-get install valgrind): {error}"))?;
    if !output.status.success() {
        return Err(format!("`{name}`: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let of: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
    let counted = fs::read_to_string(&file)?;
    fs::remove_file(&file)?;
    let total = counted.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: u64 = total.ok_or("callgrind wrote no totals")?.trim().parse()?;
    Ok(total / of)
}
