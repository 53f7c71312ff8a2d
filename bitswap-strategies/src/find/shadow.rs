//! Lets one finder search, and counts how often another would have taken another step.

crate::wrap::shadow!(ProviderFinder, "broadcast-then-dht", "concurrent");
