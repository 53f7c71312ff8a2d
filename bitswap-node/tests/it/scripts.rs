//! Scripts in charge of real nodes, and what is said of those that cannot be.

mod bad;
mod checking;
mod deciding;
mod hostile;
#[cfg(unix)]
mod reloading;
#[cfg(unix)]
mod swapping;

use crate::support::Place;

/// The path of a script of `examples/scripts`.
fn example(name: &str) -> String {
    format!("{}/../examples/scripts/{name}.rhai", env!("CARGO_MANIFEST_DIR"))
}

/// A place with a script in it.
fn with_script(name: &str, text: &str) -> Place {
    let place = Place::new();
    std::fs::write(place.path(name), text).unwrap();
    place
}
