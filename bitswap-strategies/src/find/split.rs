//! Lets one finder search for a share of the sessions and another for the rest, and compares them.

crate::wrap::split!(ProviderFinder, "broadcast-then-dht", "concurrent");
