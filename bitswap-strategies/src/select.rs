//! Peer selectors: who is asked for a block, and who only whether they have it.

files_of!(select);
