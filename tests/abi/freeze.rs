//! Writes down the newest version of the contract, and packs the guest that is frozen with it: one that imports what the version
//! added. It does not overwrite what is frozen already.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use specialis_tests::Guest;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("name the folder, such as `tests/abi/0.1.2`")?);
    fs::create_dir_all(&folder)?;
    let version = folder.file_name().and_then(|name| name.to_str()).context("the folder is named after the version")?;
    let contract = specialis_tests::contract(version)?;
    write(&folder, "contract.wit", contract.as_bytes())?;
    write(&folder, "witness.wasm", &Guest::witness_by_value().pack())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let file = folder.join(name);
    let created = OpenOptions::new().write(true).create_new(true).open(&file);
    created.and_then(|mut file| file.write_all(bytes)).with_context(|| format!("`{}` is not written", file.display()))
}
