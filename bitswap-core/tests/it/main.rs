//! Whole-engine tests through the public contract only.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests: what does not fit ends the test, and most variants are not looked at"
)]

mod cast;
mod chaos;
mod fetch;
mod judged;
mod model;
mod pair;
mod peers;
mod random;
mod serve;
mod wants;
