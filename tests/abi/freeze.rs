//! Packs the guests that are frozen with a version of the contract. It does not overwrite what is frozen already.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use specialis_tests::{Guest, Manifest};

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("name the folder, such as `tests/abi/0.2.0`")?);
    fs::create_dir_all(&folder)?;
    let file = folder.join("witness.wasm");
    let bytes = Guest::from_file("witness").under(Manifest::witness()).pack();
    let created = OpenOptions::new().write(true).create_new(true).open(&file);
    created.and_then(|mut file| file.write_all(&bytes)).with_context(|| format!("`{}` is not written", file.display()))
}
