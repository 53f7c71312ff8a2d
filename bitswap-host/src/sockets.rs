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
const UNACKNOWLEDGED: std::time::Duration = std::time::Duration::from_secs(20);

/// Bounds what waits in the kernel unsent, and how long. Where that cannot be set, the kernel
/// decides.
#[cfg(target_os = "linux")]
pub(super) fn bounded(socket: TcpStream) -> TcpStream {
    let options = socket2::SockRef::from(&socket.0);
    let unsent = options.set_tcp_notsent_lowat(UNSENT_BYTES);
    let unacknowledged = options.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
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
