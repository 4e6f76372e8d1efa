//! `policy pack`: one file of a policy's folder.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis_bundle::{Sources, component, digest_of, pack};

use crate::output::Exit;

/// Packs, and prints the digest by which a trust policy names the file.
pub(super) fn run(folder: &Path, module: &Path, output: &Path, out: &mut dyn Write) -> Result<Exit> {
    let shown = module.display();
    let bytes = fs::read(module).with_context(|| {
        format!("`{shown}` cannot be read; compile the policy first, `cargo build --release --target wasm32-unknown-unknown`")
    })?;
    let component = component(bytes).with_context(|| format!("`{shown}`"))?;
    let packed = pack(Sources::of_folder(folder, component)?).with_context(|| format!("`{}`", folder.display()))?;
    fs::write(output, &packed).with_context(|| format!("`{}` cannot be written", output.display()))?;
    writeln!(out, "{}", digest_of(&packed))?;
    Ok(Exit::Complete)
}
