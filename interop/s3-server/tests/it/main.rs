//! The shared store, over a server of S3.

mod killed;
mod server;
