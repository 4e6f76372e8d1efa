//! `policy pack`: one file of a policy's folder.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis_bundle::{Sources, component, digest_of, pack};

use crate::input::file;
use crate::output::{self, Exit};

/// Packs, and prints the digest by which a trust policy names the file.
pub(super) fn run(folder: &Path, module: &Path, to: &Path, out: &mut dyn Write) -> Result<Exit> {
    let shown = module.display();
    let bytes = file::policy(module).with_context(|| {
        format!("`{shown}` cannot be read; compile the policy first, `cargo build --release --target wasm32-unknown-unknown`")
    })?;
    let component = component(bytes).with_context(|| format!("`{shown}`"))?;
    let packed = pack(Sources::of_folder(folder, component)?).with_context(|| format!("`{}`", folder.display()))?;
    output::replace(to, &packed)?;
    writeln!(out, "{}", digest_of(&packed))?;
    Ok(Exit::Complete)
}
