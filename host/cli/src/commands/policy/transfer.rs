//! `policy push` and `policy pull`: policies to and from an OCI registry.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use specialis_bundle::{OciArtifact, digest_of, oci_layer};
use specialis_core::TrustLimits;

use super::oci::{self, Reference};
use crate::output::{self, Exit};
use crate::policies;

/// Pushes, and prints the reference by which the file can be pulled again, pinned.
pub(super) fn push(file: &Path, to: &Reference, out: &mut dyn Write) -> Result<Exit> {
    let (name, bytes) = policies::read(file)?;
    let bundle = policies::parse(&name, &bytes)?;
    let digest = oci::push(to, &OciArtifact::of(&bundle), &bundle.bytes, &bundle.manifest.version.to_string())?;
    writeln!(out, "{}", Reference { digest: Some(digest), ..to.clone() })?;
    Ok(Exit::Complete)
}

/// Pulls, and prints the digest of the file.
pub(super) fn pull(from: &Reference, unpinned: bool, file: &Path, out: &mut dyn Write) -> Result<Exit> {
    if from.digest.is_none() && !unpinned {
        bail!(
            "`{from}` names no digest, and a tag can be moved; add `@sha256:…` as `policy push` printed it, or `--unpinned`"
        );
    }
    let (bytes, manifest) = pull_policy(from)?;
    let bundle = policies::parse(&from.to_string(), &bytes)?;
    output::replace(file, &bytes)?;
    let (id, version) = (&bundle.manifest.id, &bundle.manifest.version);
    writeln!(out, "{id} {version} from {}", Reference { digest: Some(manifest), ..from.clone() })?;
    writeln!(out, "{}", digest_of(&bytes))?;
    Ok(Exit::Complete)
}

/// The bytes of a policy's file, with the digest of its manifest in the registry.
pub(super) fn pull_policy(from: &Reference) -> Result<(Vec<u8>, String)> {
    oci::pull(from, |manifest| oci_layer(manifest, TrustLimits::default().file_bytes))
}
