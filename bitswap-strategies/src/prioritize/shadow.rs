//! Lets one prioritizer rank, and counts how often another would have put two the other way round.

crate::wrap::shadow!(TaskPrioritizer, "least-queued-peer", "weighted-fair");
