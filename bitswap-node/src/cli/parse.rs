//! Words of the command line that clap does not know: addresses, sizes, times.

use bitswap_net::{Endpoint, EndpointError};
use bitswap_service::error::CliError;
use bitswap_strategies::quantity;
use bitswap_unixfs::ImportSettings;
use libp2p::Multiaddr;

use crate::cli::errors;

pub(super) use bitswap_service::units::duration;

/// Where a peer is.
pub(super) fn address(text: &str) -> Result<Multiaddr, CliError> {
    text.parse()
        .map_err(|why: libp2p::multiaddr::Error| errors::bad_address(text, &why.to_string()))
}

/// A server of the delegated routing HTTP API.
pub(super) fn endpoint(text: &str) -> Result<Endpoint, CliError> {
    text.parse().map_err(|why: EndpointError| errors::bad_router(text, &why))
}

/// `size-` and a number of bytes, as `262144`, `256KiB` or `1MiB`.
pub(super) fn chunker(text: &str) -> Result<usize, CliError> {
    let most = ImportSettings::MAX_CHUNK_BYTES;
    let bytes = text.strip_prefix("size-").and_then(|text| size(text).ok());
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.filter(|bytes| (1..=most).contains(bytes));
    bytes.ok_or_else(|| errors::bad_chunker(text, most))
}

/// A size as `65536` or `64KiB`. A number alone is bytes, as it is for Kubo.
pub(super) fn size(text: &str) -> Result<u64, CliError> {
    text.parse().or_else(|_| quantity::size(text)).map_err(errors::bad_size)
}
