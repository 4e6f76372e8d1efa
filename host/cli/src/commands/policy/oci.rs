//! Policies in OCI registries: as a Wasm artifact in the layout of the CNCF's TAG Runtime, so that any registry and any tool
//! for such artifacts takes them. What is fetched is held against its digest before it is looked at.

mod client;
mod reference;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use specialis_bundle::{Bundle, digest_of};

use client::{Client, Found};
pub(super) use reference::Reference;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// What an artifact of ours is, beside being a component.
const ARTIFACT: &str = "application/vnd.specialis.policy.v1";
/// The largest manifest a registry has to take.
const MOST_MANIFEST: u64 = 4 << 20;

/// A blob, by what it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
}

impl Descriptor {
    fn of(media_type: &str, bytes: &[u8]) -> Self {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { media_type: media_type.to_owned(), digest: digest_of(bytes), size }
    }
}

/// What is read of a manifest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

/// Pushes a policy's file; returns the digest of what the registry has now.
///
/// # Errors
/// Where the registry refuses something or keeps something else.
pub(crate) fn push(to: &Reference, bytes: &[u8], bundle: &Bundle) -> Result<String> {
    let Some(tag) = &to.tag else {
        bail!("`{to}` has no tag; push to a tag, such as `{to}:{}`", bundle.manifest.version)
    };
    let mut client = Client::new(to)?;
    let config = config(bytes, bundle)?;
    client.push_blob(&config, &digest_of(&config))?;
    client.push_blob(bytes, &digest_of(bytes))?;
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": ARTIFACT,
        "config": Descriptor::of(CONFIG, &config),
        "layers": [Descriptor::of(LAYER, bytes)],
        "annotations": {
            "org.opencontainers.image.title": bundle.manifest.id.as_str(),
            "org.opencontainers.image.version": bundle.manifest.version,
        },
    }))?;
    client.push_manifest(tag, MANIFEST, &manifest)?;
    // What it keeps must be what was pushed, under the digest by which others will pull it.
    let digest = digest_of(&manifest);
    let kept = client.manifest(tag, MANIFEST, MOST_MANIFEST)?;
    if kept != manifest {
        bail!("`{to}` keeps another manifest than the one that was pushed; look at the registry");
    }
    Ok(digest)
}

/// The configuration of a Wasm artifact: what the component imports and exports.
fn config(bytes: &[u8], bundle: &Bundle) -> Result<Vec<u8>> {
    let imports: Vec<&str> = bundle.imports.iter().map(|import| import.name.as_str()).collect();
    let config: Value = json!({
        // Not the time of the push: the same file gives the same artifact.
        "created": "1970-01-01T00:00:00Z",
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [digest_of(bytes)],
        "component": { "imports": imports, "exports": ["configure", "judge"], "target": null },
    });
    Ok(serde_json::to_vec(&config)?)
}

/// Pulls a policy's file; returns it with the digest of the manifest it came by.
///
/// # Errors
/// Where it is not there, is no policy, or is not what its digest says.
pub(crate) fn pull(from: &Reference, most: u64) -> Result<(Vec<u8>, String)> {
    let mut client = Client::new(from)?;
    let name = from.digest.as_deref().or(from.tag.as_deref()).unwrap_or("latest");
    let bytes = client.manifest(name, MANIFEST, MOST_MANIFEST)?;
    let found = digest_of(&bytes);
    if let Some(expected) = from.digest.as_deref().filter(|expected| **expected != found) {
        bail!("`{from}` serves a manifest with the digest `{found}`, not `{expected}`; do not use this registry");
    }
    let manifest: Manifest = serde_json::from_slice(&bytes).with_context(|| format!("`{from}` is no artifact"))?;
    if manifest.config.media_type != CONFIG {
        bail!("`{from}` is a `{}`, no Wasm artifact (`{CONFIG}`); name another", manifest.config.media_type);
    }
    let [layer] = manifest.layers.as_slice() else {
        bail!("`{from}` has {} layers, and a policy is one file; name another", manifest.layers.len());
    };
    if layer.media_type != LAYER {
        bail!("`{from}` holds `{}`, no component; name another", layer.media_type);
    }
    if layer.size > most {
        bail!("`{from}` holds {} bytes, and at most {most} are fetched", layer.size);
    }
    let Found { bytes, digest } = client.blob(&layer.digest, layer.size)?;
    if digest != layer.digest {
        bail!("`{from}` serves bytes with the digest `{digest}`, not `{}`; do not use this registry", layer.digest);
    }
    Ok((bytes, found))
}
