//! Policies in OCI registries. What is fetched is held against its digest before it is looked at.

mod client;
mod credentials;
mod reference;

use anyhow::{Context as _, Result, bail};
use specialis_bundle::{Bundle, OCI_MANIFEST, OciArtifact, digest_of, oci_layer};

use client::{Client, Found};
pub(super) use reference::Reference;

/// The largest manifest a registry has to take.
const MOST_MANIFEST: u64 = 4 << 20;

/// Pushes a policy's file; returns the digest of what the registry has now.
///
/// # Errors
/// Where the registry refuses something or keeps something else.
pub(crate) fn push(to: &Reference, bundle: &Bundle) -> Result<String> {
    let Some(tag) = &to.tag else {
        bail!("`{to}` has no tag; push to a tag, such as `{to}:{}`", bundle.manifest.version)
    };
    let mut client = Client::new(to)?;
    let OciArtifact { config, manifest } = OciArtifact::of(bundle);
    client.push_blob(&config, &digest_of(&config))?;
    client.push_blob(&bundle.bytes, &digest_of(&bundle.bytes))?;
    client.push_manifest(tag, OCI_MANIFEST, &manifest)?;
    // What it keeps must be what was pushed, under the digest by which others will pull it.
    let digest = digest_of(&manifest);
    let kept = client.manifest(tag, OCI_MANIFEST, MOST_MANIFEST)?;
    if kept != manifest {
        bail!("`{to}` keeps another manifest than the one that was pushed; look at the registry");
    }
    Ok(digest)
}

/// Pulls a policy's file; returns it with the digest of the manifest it came by.
///
/// # Errors
/// Where it is not there, is no policy, or is not what its digest says.
pub(crate) fn pull(from: &Reference, most: u64) -> Result<(Vec<u8>, String)> {
    let mut client = Client::new(from)?;
    let name = from.digest.as_deref().or(from.tag.as_deref()).unwrap_or("latest");
    let bytes = client.manifest(name, OCI_MANIFEST, MOST_MANIFEST)?;
    let found = digest_of(&bytes);
    if let Some(expected) = from.digest.as_deref().filter(|expected| **expected != found) {
        bail!("`{from}` serves a manifest with the digest `{found}`, not `{expected}`; do not use this registry");
    }
    let layer = oci_layer(&bytes, most).with_context(|| format!("`{from}` cannot be pulled"))?;
    let Found { bytes, digest } = client.blob(layer.digest(), layer.size())?;
    if digest != layer.digest() {
        bail!("`{from}` serves bytes with the digest `{digest}`, not `{}`; do not use this registry", layer.digest());
    }
    Ok((bytes, found))
}
