//! Ledger policies: what a peer's past is worth.

files_of!(ledger);
