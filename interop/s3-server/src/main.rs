//! Prints the URL of a server of S3, and serves until its input ends.
//!
//! Usage: `s3-server FOLDER ACCESS_KEY SECRET_KEY`.

use std::env;
use std::error::Error;

use tokio::io::{AsyncReadExt as _, stdin};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = env::args().skip(1).collect();
    let [folder, access, secret] = words.as_slice() else {
        return Err("usage: s3-server FOLDER ACCESS_KEY SECRET_KEY".into());
    };
    println!("{}", s3_server::serve(folder.as_ref(), access, secret).await?);
    stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
