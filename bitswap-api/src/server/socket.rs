//! The Unix socket where the API answers, its permissions, and how many connections a listener
//! takes.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::serve::Listener;
use bitswap_service::error::CliError;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A socket that takes connections. Its file is removed when this is dropped.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    place: Place,
}

/// Where a socket is.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    /// Made for a socket that fits nowhere else.
    _folder: Option<TempDir>,
}

impl Socket {
    /// The longest path that every system takes.
    const MOST_BYTES: usize = 100;
    const NAME: &'static str = "api.sock";
    const CONNECTIONS: usize = 1_024;

    /// Opens a socket in this directory, or, if its path would be too long, in a new directory of
    /// the system's place for such things. Whoever calls this holds the directory's lock, so a
    /// socket that is there is a dead process's.
    ///
    /// # Errors
    /// The system refuses.
    pub fn open(folder: &Path) -> Result<Self, CliError> {
        let place = Place::near(folder).map_err(|why| CliError::cannot_use(folder, &why))?;
        let path = place.path.clone();
        let refused = |why: io::Error| CliError::cannot_use(&path, &why);
        match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(refused(why)),
            _ => {}
        }
        let listener = UnixListener::bind(&path).map_err(refused)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(refused)?;
        Ok(Self { listener, place })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// What takes its connections, and its place, which has to outlive that.
    pub(super) fn parts(self) -> (Bounded<UnixListener>, Place) {
        (Bounded::new(self.listener, Self::CONNECTIONS), self.place)
    }
}

impl Place {
    fn near(folder: &Path) -> io::Result<Self> {
        // Relative to nothing: whoever reads the lock may run elsewhere.
        let path = std::path::absolute(folder)?.join(Socket::NAME);
        if path.as_os_str().len() <= Socket::MOST_BYTES {
            return Ok(Self { path, _folder: None });
        }
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let runtime = runtime.filter(|folder| folder.is_dir()).unwrap_or_else(std::env::temp_dir);
        let folder = tempfile::Builder::new()
            .prefix("bitswap-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(runtime)?;
        Ok(Self { path: folder.path().join(Socket::NAME), _folder: Some(folder) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), %why, "the socket was not removed");
        }
    }
}

/// A listener that lets so many in at once.
pub(super) struct Bounded<L> {
    listener: L,
    room: Arc<Semaphore>,
}

impl<L> Bounded<L> {
    pub(super) fn new(listener: L, connections: usize) -> Self {
        Self { listener, room: Arc::new(Semaphore::new(connections)) }
    }
}

impl<L: Listener<Io: Unpin>> Listener for Bounded<L> {
    type Io = Connection<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let room = Arc::clone(&self.room).acquire_owned().await;
            let (stream, address) = self.listener.accept().await;
            // Nobody closes the semaphore.
            if let Ok(room) = room {
                return (Connection { stream, _room: room }, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A connection, and its place among those that are let in.
pub(super) struct Connection<S> {
    stream: S,
    _room: OwnedSemaphorePermit,
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
