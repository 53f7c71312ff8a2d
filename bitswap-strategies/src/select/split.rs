//! Lets one selector ask for a share of the sessions and another for the rest, and compares them.

crate::wrap::split!(PeerSelector, "probabilistic", "expected-finish");
