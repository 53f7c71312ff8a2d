//! Lets one prioritizer rank in a share of ten-second slots and another in the rest, and compares them.

crate::wrap::split!(TaskPrioritizer, "least-queued-peer", "weighted-fair");
