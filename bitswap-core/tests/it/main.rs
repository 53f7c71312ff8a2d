//! Tests of the whole engine through its public interface only.
#![expect(
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that panics has failed, and looks at few of the variants"
)]

mod broadcasts;
mod callers;
mod denied;
mod early_ends;
mod events;
mod explain;
mod fair;
mod fetch;
mod found;
mod found_out;
mod gate;
mod historic;
mod judged;
mod leechers;
mod limits;
mod look;
mod members;
mod membership;
mod moves;
mod names;
mod newcomers;
mod peers;
mod races;
mod relay;
mod room;
mod said;
mod search;
mod serve;
mod session_timeouts;
mod sessions;
mod shares;
mod shown;
mod slow_sends;
mod swap;
mod timeouts;
mod told;
mod turns;
mod upload;
mod waiting;
mod wants;
mod window;
