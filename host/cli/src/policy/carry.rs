//! `policy push` and `policy pull`: policies to and from an OCI registry.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use specialis_bundle::{Bundle, digest_of};
use specialis_core::TrustLimits;

use crate::oci::{self, Reference};
use crate::out::{self, End};

/// Pushes, and prints the reference by which the file can be pulled again, pinned.
pub(super) fn push(file: &Path, to: &Reference, out: &mut dyn Write) -> Result<End> {
    let shown = file.display();
    let bytes = fs::read(file).with_context(|| format!("`{shown}` cannot be read; give a packed policy"))?;
    let bundle = Bundle::parse(&bytes).map_err(|e| anyhow!("`{shown}`: {e}"))?;
    let digest = oci::push(to, &bytes, &bundle)?;
    writeln!(out, "{}", Reference { digest: Some(digest), ..to.clone() })?;
    Ok(End::All)
}

/// Pulls, and prints the digest of the file.
pub(super) fn pull(from: &Reference, unpinned: bool, file: &Path, out: &mut dyn Write) -> Result<End> {
    if from.digest.is_none() && !unpinned {
        bail!(
            "`{from}` names no digest, and a tag can be moved; add `@sha256:…` as `policy push` printed it, or `--unpinned`"
        );
    }
    let (bytes, manifest) = oci::pull(from, TrustLimits::default().file_bytes)?;
    let bundle = Bundle::parse(&bytes).map_err(|e| anyhow!("`{from}`: {e}"))?;
    out::replace(file, &bytes)?;
    let (id, version) = (&bundle.manifest.id, &bundle.manifest.version);
    writeln!(out, "{id} {version} from {}", Reference { digest: Some(manifest), ..from.clone() })?;
    writeln!(out, "{}", digest_of(&bytes))?;
    Ok(End::All)
}
