//! Lets one policy decide about a share of the peers and another about the rest, and compares them.

crate::wrap::split!(LedgerPolicy, "debt-ratio", "tit-for-tat");
