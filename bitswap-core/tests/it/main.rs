//! Whole-engine tests through the public contract only.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that panics has failed, and looks at few of the variants"
)]

mod cast;
mod chaos;
mod fetch;
#[cfg(bitswap_bugs)]
mod historic;
mod judged;
mod look;
mod model;
mod pair;
mod peers;
mod random;
mod serve;
mod wants;
