//! Lets one policy decide, and counts how often another would have decided otherwise.

crate::wrap::shadow!(LedgerPolicy, "debt-ratio", "tit-for-tat");
