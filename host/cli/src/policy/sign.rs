//! `policy sign` and `policy verify`: who answers for a policy's file.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use specialis_bundle::Bundle;
use specialis_core::{Date, Registry, SigningRole, Trust};

use crate::key;
use crate::out::{self, End};

/// Signs a file in its place.
pub(super) fn sign(file: &Path, key: &Path, role: SigningRole, expires: Date, out: &mut dyn Write) -> Result<End> {
    let key = key::read(key)?;
    let bundle = read(file)?;
    let shown = file.display();
    let bytes = bundle.sign(&key, role, expires).map_err(|e| anyhow!("`{shown}`: {e}"))?;
    out::replace(file, &bytes)?;
    let manifest = &bundle.manifest;
    let (role, id) = (role.as_str(), key.public().id());
    writeln!(out, "{} {} signed as {role} by key {id} until {expires}", manifest.id, manifest.version)?;
    writeln!(out, "{}", specialis_bundle::digest_of(&bytes))?;
    Ok(End::All)
}

/// Says who answers for a file under a trust policy, and whether that suffices.
pub(super) fn verify(
    file: &Path,
    trust: &Trust,
    registry: &Registry,
    today: Date,
    all: bool,
    out: &mut dyn Write,
) -> Result<End> {
    let built_in = specialis_artifacts::POLICIES.iter().find(|(id, _)| !file.exists() && file.as_os_str() == *id);
    let bundle = match built_in {
        Some((_, bytes)) => Bundle::parse(bytes)?,
        None => read(file)?,
    };
    let inspection = specialis::inspect(&bundle, trust, registry, today);
    let mut table = out::table(["what", "which", "allowed", "why"]);
    let mut n_refused = 0_usize;
    for asked in inspection.asked.iter().filter(|asked| all || asked.what == "signature") {
        n_refused = n_refused.saturating_add(usize::from(!asked.is_allowed));
        table.add_row([asked.what, &asked.which, if asked.is_allowed { "yes" } else { "no" }, &asked.why]);
    }
    out::write_table(out, &table)?;
    let manifest = &bundle.manifest;
    let end = match (&inspection.standing, &inspection.signer) {
        (Ok(_), Some(signer)) => {
            writeln!(out, "\n{} {} would be loaded, in the name of `{signer}`", manifest.id, manifest.version)?;
            if all && n_refused > 0 {
                writeln!(out, "{n_refused} things that it asks for would not count")?;
            }
            End::All
        }
        (Ok(_), None) => End::Some,
        (Err(error), _) => {
            writeln!(out, "\n{} {} would not be loaded: {error}", manifest.id, manifest.version)?;
            End::Some
        }
    };
    Ok(end)
}

fn read(file: &Path) -> Result<Bundle> {
    let shown = file.display();
    let bytes = fs::read(file).with_context(|| format!("`{shown}` cannot be read; give a packed policy"))?;
    Bundle::parse(&bytes).map_err(|e| anyhow!("`{shown}`: {e}"))
}
