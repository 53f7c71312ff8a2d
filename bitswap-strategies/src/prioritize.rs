//! Task prioritizers: who is served next, and with which block.

files_of!(prioritize);
