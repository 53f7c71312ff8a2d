//! How much a TCP socket takes beyond what it has sent. What it holds no cancel reaches, and no
//! other peer's block goes first.

use libp2p::tcp::tokio::TcpStream;

/// As servers of HTTP/2 have it: more than a fast link sends until its writer is awake.
#[cfg(target_os = "linux")]
const MOST_BYTES: u32 = 128 * 1024;

/// Bounds what waits in the kernel unsent. Where that cannot be set, the kernel decides.
#[cfg(target_os = "linux")]
pub(super) fn bounded(socket: TcpStream) -> TcpStream {
    use nix::sys::socket::{setsockopt, sockopt::SetStruct};

    #[derive(Clone, Copy)]
    struct NotSentLowWater;
    nix::setsockopt_impl!(
        NotSentLowWater,
        libc::IPPROTO_TCP,
        libc::TCP_NOTSENT_LOWAT,
        u32,
        SetStruct<'_, u32>
    );
    if let Err(why) = setsockopt(&socket.0, NotSentLowWater, &MOST_BYTES) {
        tracing::debug!(%why, "a socket holds as much as the kernel likes");
    }
    socket
}

/// The kernel decides.
#[cfg(not(target_os = "linux"))]
pub(super) const fn bounded(socket: TcpStream) -> TcpStream {
    socket
}
