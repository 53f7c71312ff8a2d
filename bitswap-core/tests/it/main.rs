//! Whole-engine tests through the public contract only.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that panics has failed, and looks at few of the variants"
)]

mod cast;
mod fetch;
mod found;
mod historic;
mod judged;
mod limits;
mod look;
mod newcomers;
mod pair;
mod peers;
mod serve;
mod wants;
