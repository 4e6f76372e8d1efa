//! Policies and indexes of them as artifacts of OCI registries: the documents that describe one, without the network.
//!
//! The layout of a policy is that of the CNCF's TAG Runtime for Wasm artifacts, so that any registry and any tool for such artifacts
//! takes it. An index has the empty configuration of the image specification and one layer, the signed statement.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use specialis_core::printable;

use crate::{Bundle, PolicyIndex, digest_of};

/// The media type of a manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// What an artifact of ours is, beside being a component.
const ARTIFACT: &str = "application/vnd.specialis.policy.v1";
/// The configuration of what has none: `{}`.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const INDEX: &str = "application/vnd.specialis.policy-index.v1";
const INDEX_LAYER: &str = "application/vnd.specialis.policy-index.v1.dsse+json";

/// Whether a text is a digest, as this crate writes it: `sha256:` and 64 small hexadecimal digits.
pub fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(is_hex))
}

/// Why a manifest does not describe what is looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OciError {
    /// It is not the JSON of a manifest.
    #[error("it is no manifest of an artifact; name another artifact")]
    Unreadable {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// Its configuration is that of something else.
    #[error("it describes `{found}` where `{expected}` is needed; name another")]
    OtherArtifact {
        /// The type of its configuration.
        found: String,
        /// The type that it should have.
        expected: &'static str,
    },
    /// It has another number of layers than one.
    #[error("it has {n} layers, and what is looked for is one file; name another")]
    Layers {
        /// How many.
        n: usize,
    },
    /// Its layer is something else.
    #[error("it holds `{found}` where `{expected}` is needed; name another")]
    OtherLayer {
        /// The type of the layer.
        found: String,
        /// The type that it should have.
        expected: &'static str,
    },
    /// Its file is larger than what is fetched.
    #[error("it holds {size} bytes, and at most {most} are fetched")]
    TooLarge {
        /// The bytes it says it holds.
        size: u64,
        /// The most bytes that are fetched.
        most: u64,
    },
}

/// A blob, by what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    media_type: String,
    #[serde(deserialize_with = "digest")]
    digest: String,
    size: u64,
}

impl Descriptor {
    /// The digest of the blob: never anything else, so it can stand in a path.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The bytes of the blob.
    pub fn size(&self) -> u64 {
        self.size
    }

    fn of(media_type: &str, bytes: &[u8]) -> Self {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { media_type: media_type.to_owned(), digest: digest_of(bytes), size }
    }
}

fn digest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_digest(&text) {
        return Ok(text);
    }
    let start: String = text.chars().take(80).collect();
    Err(serde::de::Error::custom(format!("`{}` is no digest", printable(&start))))
}

/// What is pushed beside a file: a policy, or an index of policies.
#[derive(Clone, Debug)]
pub struct OciArtifact {
    /// The configuration: what the component imports and exports; `{}` for an index.
    pub config: Vec<u8>,
    /// The manifest. The same file gives the same manifest.
    pub manifest: Vec<u8>,
}

impl OciArtifact {
    /// The documents for a policy's file.
    pub fn of(bundle: &Bundle) -> Self {
        let bytes = &bundle.bytes;
        let imports: Vec<&str> = bundle.imports.iter().map(|import| import.name.as_str()).collect();
        let config = json!({
            // Not the time of the push: the same file gives the same artifact.
            "created": "1970-01-01T00:00:00Z",
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [digest_of(bytes)],
            "component": { "imports": imports, "exports": ["configure", "judge"], "target": null },
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": ARTIFACT,
            "config": Descriptor::of(CONFIG, &config),
            "layers": [Descriptor::of(LAYER, bytes)],
            "annotations": {
                "org.opencontainers.image.title": bundle.manifest.id.as_str(),
                "org.opencontainers.image.version": bundle.manifest.version,
            },
        });
        Self { config, manifest: manifest.to_string().into_bytes() }
    }

    /// The documents for a signed index, whose envelope as JSON is `file`.
    pub fn of_index(index: &PolicyIndex, file: &[u8]) -> Self {
        let config = b"{}".to_vec();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": INDEX,
            "config": Descriptor::of(EMPTY, &config),
            "layers": [Descriptor::of(INDEX_LAYER, file)],
            "annotations": {
                "org.opencontainers.image.title": index.name,
                "org.opencontainers.image.version": index.number.to_string(),
            },
        });
        Self { config, manifest: manifest.to_string().into_bytes() }
    }
}

/// The policy's file that a manifest describes, where it has at most so many bytes.
///
/// # Errors
/// Where the manifest cannot be read, describes something else, or a larger file.
pub fn oci_layer(manifest: &[u8], most: u64) -> Result<Descriptor, OciError> {
    only_layer(manifest, (CONFIG, LAYER), most)
}

/// The signed index that a manifest describes, where it has at most so many bytes.
///
/// # Errors
/// Where the manifest cannot be read, describes something else, or a larger file.
pub fn oci_index_layer(manifest: &[u8], most: u64) -> Result<Descriptor, OciError> {
    only_layer(manifest, (EMPTY, INDEX_LAYER), most)
}

/// The one layer of a manifest, where its configuration and the layer have these types.
fn only_layer(
    manifest: &[u8],
    (config, kind): (&'static str, &'static str),
    most: u64,
) -> Result<Descriptor, OciError> {
    #[derive(Deserialize)]
    struct Manifest {
        config: Descriptor,
        layers: Vec<Descriptor>,
    }
    let manifest: Manifest = serde_json::from_slice(manifest).map_err(|source| OciError::Unreadable { source })?;
    if manifest.config.media_type != config {
        let found = printable(&manifest.config.media_type).into_owned();
        return Err(OciError::OtherArtifact { found, expected: config });
    }
    let n = manifest.layers.len();
    let Ok([layer]) = <[Descriptor; 1]>::try_from(manifest.layers) else { return Err(OciError::Layers { n }) };
    if layer.media_type != kind {
        return Err(OciError::OtherLayer { found: printable(&layer.media_type).into_owned(), expected: kind });
    }
    if layer.size > most {
        return Err(OciError::TooLarge { size: layer.size, most });
    }
    Ok(layer)
}
