//! Lets one finder search, and another where the first gives up.

crate::wrap::fallback!(ProviderFinder, "never", "broadcast-then-dht");
