//! Policies and indexes of them in OCI registries. What is fetched is held against its digest before it is looked at.

mod client;
mod credentials;
mod reference;

use anyhow::{Context as _, Result, bail};
use specialis_bundle::{Descriptor, OCI_MANIFEST, OciArtifact, OciError, digest_of};

use client::{Client, Found};
pub(super) use reference::Reference;

/// The largest manifest a registry has to take.
const MOST_MANIFEST: u64 = 4 << 20;

/// Pushes a file as an artifact; returns the digest of what the registry has now. `such_as` is a tag that would do.
///
/// # Errors
/// Where the registry refuses something or keeps something else.
pub(crate) fn push(to: &Reference, artifact: &OciArtifact, file: &[u8], such_as: &str) -> Result<String> {
    let Some(tag) = &to.tag else { bail!("`{to}` has no tag; push to a tag, such as `{to}:{such_as}`") };
    let mut client = Client::new(to)?;
    let OciArtifact { config, manifest } = artifact;
    client.push_blob(config, &digest_of(config))?;
    client.push_blob(file, &digest_of(file))?;
    client.push_manifest(tag, OCI_MANIFEST, manifest)?;
    // What it keeps must be what was pushed, under the digest by which others will pull it.
    let digest = digest_of(manifest);
    let kept = client.manifest(tag, OCI_MANIFEST, MOST_MANIFEST)?;
    if kept != *manifest {
        bail!("`{to}` keeps another manifest than the one that was pushed; look at the registry");
    }
    Ok(digest)
}

/// Pulls the file that `layer` finds in a manifest; returns it with the digest of the manifest it came by.
///
/// # Errors
/// Where it is not there, is something else, or is not what its digest says.
pub(crate) fn pull(
    from: &Reference,
    layer: impl FnOnce(&[u8]) -> Result<Descriptor, OciError>,
) -> Result<(Vec<u8>, String)> {
    let mut client = Client::new(from)?;
    let name = from.digest.as_deref().or(from.tag.as_deref()).unwrap_or("latest");
    let bytes = client.manifest(name, OCI_MANIFEST, MOST_MANIFEST)?;
    let found = digest_of(&bytes);
    if let Some(expected) = from.digest.as_deref().filter(|expected| **expected != found) {
        bail!("`{from}` serves a manifest with the digest `{found}`, not `{expected}`; do not use this registry");
    }
    let layer = layer(&bytes).with_context(|| format!("`{from}` cannot be pulled"))?;
    let Found { bytes, digest } = client.blob(layer.digest(), layer.size())?;
    if digest != layer.digest() {
        bail!("`{from}` serves bytes with the digest `{digest}`, not `{}`; do not use this registry", layer.digest());
    }
    Ok((bytes, found))
}
