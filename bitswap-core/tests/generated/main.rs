//! What is generated and checked in is what the generator makes today.

use std::error::Error;
use std::path::Path;

use prost_build::{Config, Module};

const HEADER: &str = "\
//! The messages of `bitswap.proto` as prost makes them. Nobody edits this file: it is written by
//! `BLESS=1 cargo test -p bitswap-core --test generated`.

";

#[test]
fn wire_code_is_what_prost_makes_of_the_proto_file() -> Result<(), Box<dyn Error>> {
    let wire = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wire");
    let made = format!("{HEADER}{}", rust_of(&wire)?);

    if std::env::var_os("BLESS").is_some() {
        std::fs::write(wire.join("generated.rs"), &made)?;
    }

    let kept = std::fs::read_to_string(wire.join("generated.rs"))?;
    assert!(
        kept == made,
        "src/wire/generated.rs is not what prost makes of src/wire/bitswap.proto; \
         run `BLESS=1 cargo test -p bitswap-core --test generated` and look at the difference",
    );
    Ok(())
}

fn rust_of(folder: &Path) -> Result<String, Box<dyn Error>> {
    let parsed = protox::compile(["bitswap.proto"], [folder])?;
    let module = Module::from_protobuf_package_name("bitswap");
    let requests = parsed.file.into_iter().map(|file| (module.clone(), file)).collect();
    let mut modules = Config::new().bytes(["."]).generate(requests)?;
    modules.remove(&module).ok_or_else(|| "the package is not called bitswap".into())
}
