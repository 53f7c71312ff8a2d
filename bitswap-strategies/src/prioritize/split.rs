//! Lets one prioritizer rank in some ten-second slots and another in the rest, and compares them.

crate::wrap::split!(TaskPrioritizer, "least-queued-peer", "weighted-fair");
