//! A server of S3 on loopback, which keeps objects in files.

use std::error::Error;
use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

/// Serves what is below a directory until the runtime ends, to whoever has these keys; the
/// directories in it are the buckets. Returns where.
///
/// # Errors
/// The directory cannot be used, or there is no free port.
pub async fn serve(folder: &Path, access: &str, secret: &str) -> Result<String, Box<dyn Error>> {
    let files = FileSystem::new(folder);
    let files = files.map_err(|why| format!("{}: {why:?}", folder.display()))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(access, secret));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { return };
            let service = service.clone();
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                drop(server.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });
    Ok(url)
}
