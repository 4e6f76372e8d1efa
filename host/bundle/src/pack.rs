//! Writing a policy's file.

use std::borrow::Cow;

use wasm_encoder::{ComponentSection, CustomSection};

use crate::bundle::{DATA, LEXICON, MANIFEST, NamedSection, VECTORS};
use crate::{Bundle, BundleError};

/// What goes into one policy file.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The component, without any section of ours.
    pub component: Vec<u8>,
    /// The text of `policy.toml`.
    pub manifest: String,
    /// The files of `lexicons/`.
    pub lexicons: Vec<NamedSection>,
    /// The files of `vectors/`.
    pub vectors: Vec<NamedSection>,
    /// The files of `data/`.
    pub data: Vec<NamedSection>,
}

/// Makes one file: the component, then the sections in the order of their names. The same sources give the same bytes.
///
/// # Errors
/// Where the result could not be read back by [`Bundle::parse`].
pub fn pack(mut sources: Sources) -> Result<Vec<u8>, BundleError> {
    let mut bytes = sources.component;
    append(&mut bytes, MANIFEST, sources.manifest.as_bytes());
    let carried = [(DATA, &mut sources.data), (LEXICON, &mut sources.lexicons), (VECTORS, &mut sources.vectors)];
    for (prefix, sections) in carried {
        sections.sort_by(|a, b| a.name.cmp(&b.name));
        for section in sections.iter() {
            append(&mut bytes, &format!("{prefix}{}", section.name), &section.data);
        }
    }
    Bundle::parse(&bytes)?;
    Ok(bytes)
}

fn append(bytes: &mut Vec<u8>, name: &str, data: &[u8]) {
    let section = CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) };
    bytes.push(ComponentSection::id(&section));
    wasm_encoder::Encode::encode(&section, bytes);
}
