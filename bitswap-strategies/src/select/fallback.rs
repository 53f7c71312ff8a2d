//! Lets one selector ask, and another where the first asks nobody for an idle session.

crate::wrap::fallback!(PeerSelector, "bandwidth-delay", "probabilistic");
