//! Words of the command line that clap does not know: addresses, sizes, times.

use std::time::Duration;

use libp2p::Multiaddr;

use crate::dag::ImportSettings;
use crate::error::CliError;

/// Where a peer is.
pub(super) fn address(text: &str) -> Result<Multiaddr, CliError> {
    text.parse()
        .map_err(|why: libp2p::multiaddr::Error| CliError::bad_address(text, &why.to_string()))
}

/// A time as `500ms`, `30s` or `5m`, above 0.
pub(crate) fn duration(text: &str) -> Result<Duration, CliError> {
    let bad = || CliError::bad_duration(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60).ok_or_else(bad)?),
        _ => return Err(bad()),
    };
    if duration.is_zero() { Err(bad()) } else { Ok(duration) }
}

/// `size-` and a number of bytes, as `262144`, `256KiB` or `1MiB`.
pub(super) fn chunker(text: &str) -> Result<usize, CliError> {
    let most = ImportSettings::MAX_CHUNK_BYTES;
    let size = text.strip_prefix("size-").and_then(bytes).and_then(|size| size.try_into().ok());
    let size = size.filter(|size| (1..=most).contains(size));
    size.ok_or_else(|| CliError::bad_chunker(text, most))
}

/// A number of bytes, as `65536` or `64KiB`.
pub(super) fn size(text: &str) -> Result<u64, CliError> {
    bytes(text).ok_or_else(|| CliError::bad_size(text))
}

fn bytes(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}
