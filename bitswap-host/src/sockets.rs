//! What is asked of the kernel for each TCP socket: how much it takes beyond what it has sent, and
//! when a peer that acknowledges nothing is gone. What it holds no cancel reaches, and no other
//! peer's block goes first.

use libp2p::tcp::tokio::TcpStream;

/// As servers of HTTP/2 have it: more than a fast link sends until its writer is awake.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 128 * 1024;

/// Where nothing is acknowledged for so long, or nothing is read, the connection ends and its peer
/// can be dialled: without it the kernel tries for a quarter of an hour. A line that is full
/// acknowledges all the time.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED_MS: u32 = 20_000;

/// Bounds what waits in the kernel unsent, and how long. Where that cannot be set, the kernel
/// decides.
#[cfg(target_os = "linux")]
pub(super) fn bounded(socket: TcpStream) -> TcpStream {
    use nix::sys::socket::setsockopt;
    use nix::sys::socket::sockopt::{SetStruct, TcpUserTimeout};

    #[derive(Clone, Copy)]
    struct NotSentLowWater;
    nix::setsockopt_impl!(
        NotSentLowWater,
        libc::IPPROTO_TCP,
        libc::TCP_NOTSENT_LOWAT,
        u32,
        SetStruct<'_, u32>
    );
    let unsent = setsockopt(&socket.0, NotSentLowWater, &UNSENT_BYTES);
    let unacknowledged = setsockopt(&socket.0, TcpUserTimeout, &UNACKNOWLEDGED_MS);
    if let Err(why) = unsent.and(unacknowledged) {
        tracing::debug!(%why, "a socket holds as much as the kernel likes, and as long");
    }
    socket
}

/// The kernel decides.
#[cfg(not(target_os = "linux"))]
pub(super) const fn bounded(socket: TcpStream) -> TcpStream {
    socket
}
