//! Lets one selector ask, and counts how often another would have asked otherwise.

crate::wrap::shadow!(PeerSelector, "probabilistic", "expected-finish");
