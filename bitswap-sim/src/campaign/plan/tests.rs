//! Plans can be written down and read again.
