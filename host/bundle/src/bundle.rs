//! Reading a policy's file.

use std::collections::BTreeSet;
use std::sync::Arc;

use specialis_core::{check_id, printable};
use wasmparser::{ComponentExternalKind, ComponentTypeRef, Parser, Payload};

use crate::error::ComponentProblem;
use crate::needs::{Counter, Needs};
use crate::signature::{self, SIGNATURES, digest_of};
use crate::wit::{INTERFACES, Unserved, WIT_PACKAGE, WitVersion};
use crate::{BundleError, Envelope, Manifest};

pub(crate) const MANIFEST: &str = "specialis:manifest";
pub(crate) const LEXICON: &str = "specialis:lexicon/";
pub(crate) const VECTORS: &str = "specialis:vectors/";
/// Data that the code reads. It decides as the code does, so it counts as code.
pub(crate) const DATA: &str = "specialis:data/";

/// A named custom section's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSection {
    /// The name after the section's prefix, such as `news.csv`.
    pub name: String,
    /// The content.
    pub data: Vec<u8>,
}

/// One import of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its full name, such as `specialis:policy/event@0.1.0`.
    pub name: String,
}

/// What one policy file holds.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What the policy declares.
    pub manifest: Manifest,
    /// The manifest as written.
    pub manifest_text: String,
    /// Its lexicons, as CSV.
    pub lexicons: Vec<NamedSection>,
    /// Its vectors, as TOML.
    pub vectors: Vec<NamedSection>,
    /// Data that its code reads, by name.
    pub data: Vec<NamedSection>,
    /// What the component imports.
    pub imports: Vec<Import>,
    /// What it needs of a sandbox before anything runs.
    pub needs: Needs,
    /// The version of the contract it was built against.
    pub wit: WitVersion,
    /// The file as it is: a component.
    pub bytes: Arc<[u8]>,
    pub(crate) signatures: Vec<Envelope>,
    n_content: usize,
}

impl Bundle {
    /// Reads a file whole: component, imports, exports, manifest, lexicons and vectors.
    ///
    /// # Errors
    /// Where the bytes are no component, import anything outside the contract, lack an export, or where a section is
    /// missing, double or unreadable, or stands after the signatures.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        Self::parse_shared(bytes.into())
    }

    /// The same as [`Bundle::parse`] for bytes that are shared; they are not copied.
    ///
    /// # Errors
    /// As for [`Bundle::parse`].
    pub fn parse_shared(bytes: Arc<[u8]>) -> Result<Self, BundleError> {
        let outline = Outline::read(&bytes)?;
        let wit = outline.check_imports(WitVersion::ALL)?;
        outline.check_exports()?;
        let mut names = BTreeSet::new();
        let (mut manifest_text, mut lexicons, mut vectors, mut carried) = (None, Vec::new(), Vec::new(), Vec::new());
        let (mut signatures, mut n_content) = (Vec::new(), bytes.len());
        for (name, data) in outline.customs {
            if !name.starts_with("specialis:") {
                continue;
            }
            if !names.insert(name.clone()) {
                return Err(BundleError::DuplicateSection { name });
            }
            if name == SIGNATURES {
                (signatures, n_content) = signature::read(&bytes, &data)?;
            } else if name == MANIFEST {
                manifest_text = Some(utf8(&name, data)?);
            } else if let Some(short) = name.strip_prefix(LEXICON) {
                lexicons.push(NamedSection { name: file_name(LEXICON, short)?, data });
            } else if let Some(short) = name.strip_prefix(VECTORS) {
                vectors.push(NamedSection { name: file_name(VECTORS, short)?, data });
            } else if let Some(short) = name.strip_prefix(DATA) {
                carried.push(NamedSection { name: file_name(DATA, short)?, data });
            }
        }
        let manifest_text = manifest_text.ok_or_else(|| BundleError::MissingSection { name: MANIFEST.to_owned() })?;
        let manifest = Manifest::parse(&manifest_text)?;
        Ok(Self {
            manifest,
            manifest_text,
            lexicons,
            vectors,
            data: carried,
            imports: outline.imports,
            needs: outline.needs,
            wit,
            bytes,
            signatures,
            n_content,
        })
    }

    /// The bytes that signatures stand on: the file without the section that holds them.
    pub fn content(&self) -> &[u8] {
        self.bytes.get(..self.n_content).unwrap_or_default()
    }

    /// The digest of what signatures stand on. It stays the same however the file is signed.
    pub fn content_digest(&self) -> String {
        digest_of(self.content())
    }

    /// The component alone, without manifest, lexicons, vectors, data and signatures: what is compiled. Files that differ in these
    /// share it.
    pub fn component(&self) -> Vec<u8> {
        without(&self.bytes, |custom| custom.starts_with(OWN)).unwrap_or_else(|_| self.bytes.to_vec())
    }

    /// The digest of what decides: of the component and the data that it reads, without manifest, lexicons, vectors and signatures.
    pub fn code_digest(&self) -> String {
        let code = without(&self.bytes, |custom| custom.starts_with(OWN) && !custom.starts_with(DATA));
        digest_of(&code.unwrap_or_else(|_| self.bytes.to_vec()))
    }
}

/// What the names of the sections begin with that [`Bundle::parse`] reads.
const OWN: &str = "specialis:";

/// The bytes of a component without the custom sections that are left out, by their names.
fn without(bytes: &[u8], is_left_out: impl Fn(&str) -> bool) -> Result<Vec<u8>, wasmparser::BinaryReaderError> {
    let mut reader = wasmparser::BinaryReader::new(bytes, 0);
    let mut code = reader.read_bytes(8)?.to_vec();
    while !reader.eof() {
        let start = reader.current_position();
        let id = reader.read_u8()?;
        let n_bytes = usize::try_from(reader.read_var_u32()?).unwrap_or(usize::MAX);
        let section = reader.read_bytes(n_bytes)?;
        let custom = if id == 0 { wasmparser::BinaryReader::new(section, 0).read_string()? } else { "" };
        if !is_left_out(custom) {
            code.extend_from_slice(bytes.get(start..reader.current_position()).unwrap_or_default());
        }
    }
    Ok(code)
}

/// The name of a lexicon or of vectors. It follows the grammar of ids, so that it is no path and fits on a line.
fn file_name(section: &'static str, name: &str) -> Result<String, BundleError> {
    check_id(name).map_err(|source| BundleError::SectionName { section, source })?;
    Ok(name.to_owned())
}

fn utf8(name: &str, data: Vec<u8>) -> Result<String, BundleError> {
    String::from_utf8(data)
        .map_err(|e| BundleError::NotUtf8 { name: name.to_owned(), at: e.utf8_error().valid_up_to() })
}

/// The outermost layer of a component: names only.
struct Outline {
    imports: Vec<Import>,
    exports: Vec<(String, ComponentExternalKind)>,
    customs: Vec<(String, Vec<u8>)>,
    needs: Needs,
}

impl Outline {
    fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        let broken = |e: wasmparser::BinaryReaderError| {
            let source = ComponentProblem::Broken { message: e.message().to_owned(), at: e.offset() };
            BundleError::NotAComponent { source }
        };
        if !Parser::is_component(bytes) {
            let is_module = Parser::is_core_wasm(bytes);
            let source = if is_module { ComponentProblem::CoreModule } else { ComponentProblem::NotWasm };
            return Err(BundleError::NotAComponent { source });
        }
        let mut outline =
            Self { imports: Vec::new(), exports: Vec::new(), customs: Vec::new(), needs: Needs::default() };
        let mut counter = Counter::default();
        // INVARIANT: depth counts the nested modules and components, so that only the outermost layer is read.
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(broken)?;
            counter.count(&payload).map_err(broken)?;
            #[expect(clippy::wildcard_enum_match_arm, reason = "the other sections do not matter here")]
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth = depth.saturating_add(1),
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(reader) if depth == 0 => {
                    for import in reader {
                        let import = import.map_err(broken)?;
                        // The world's own types are named as imports too; a type is nothing that could be called.
                        if !matches!(import.ty, ComponentTypeRef::Type(_)) {
                            outline.imports.push(Import { name: import.name.name.to_owned() });
                        }
                    }
                }
                Payload::ComponentExportSection(reader) if depth == 0 => {
                    for export in reader {
                        let export = export.map_err(broken)?;
                        outline.exports.push((export.name.name.to_owned(), export.kind));
                    }
                }
                Payload::CustomSection(section) if depth == 0 => {
                    outline.customs.push((section.name().to_owned(), section.data().to_vec()));
                }
                _ => {}
            }
        }
        outline.needs = counter.needs;
        Ok(outline)
    }

    /// The version of the contract, among those that a host serves, that the imports name; a policy that imports nothing fits the
    /// newest.
    fn check_imports(&self, served: &[WitVersion]) -> Result<WitVersion, BundleError> {
        let mut found = None;
        for Import { name } in &self.imports {
            let (path, version) = name.split_once('@').unwrap_or((name, ""));
            let shown = printable(name).into_owned();
            let foreign = || BundleError::ForeignImport { import: shown.clone(), way_out: way_out(name).to_owned() };
            let (_, interface) = path.split_once('/').filter(|(p, _)| *p == WIT_PACKAGE).ok_or_else(foreign)?;
            let named = WitVersion::parse(version, served).map_err(|unserved| match unserved {
                Unserved::Newer => BundleError::NewerWit { import: shown.clone() },
                Unserved::Unknown => BundleError::WitVersion { import: shown.clone() },
            })?;
            if !INTERFACES.contains(&interface) {
                return Err(foreign());
            }
            if found.is_some_and(|found| found != named) {
                return Err(BundleError::WitVersion { import: shown });
            }
            found = Some(named);
        }
        Ok(found.unwrap_or(WitVersion::NEWEST))
    }

    fn check_exports(&self) -> Result<(), BundleError> {
        for export in ["configure", "judge"] {
            let found = self.exports.iter().any(|(name, kind)| name == export && *kind == ComponentExternalKind::Func);
            if !found {
                return Err(BundleError::MissingExport { export });
            }
        }
        Ok(())
    }
}

fn way_out(import: &str) -> &'static str {
    if import.starts_with("wasi:clocks") {
        "read the day from `event.brief` instead of a clock"
    } else if import.starts_with("wasi:random") {
        "a policy has no entropy: use a `BTreeMap` or a hasher with fixed keys"
    } else if import.starts_with("wasi:filesystem")
        || import.starts_with("wasi:sockets")
        || import.starts_with("wasi:http")
    {
        "a policy has no files and no network: put data into settings or a lexicon"
    } else if import.starts_with("wasi:") {
        "build for `wasm32-unknown-unknown`, or with WASI stubbed out for other languages"
    } else {
        "only the interfaces of `specialis:policy` in `wit/` are there"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A policy that was built against a version of the contract.
    fn built_against(version: &str) -> Outline {
        let imports = ["types", "event", "settings"];
        let imports = imports.map(|interface| Import { name: format!("specialis:policy/{interface}@{version}") });
        let (exports, customs, needs) = (Vec::new(), Vec::new(), Needs::default());
        Outline { imports: imports.to_vec(), exports, customs, needs }
    }

    #[test]
    fn a_policy_of_a_later_version_is_refused_by_its_version_where_the_host_serves_an_older_one() {
        let old = [WitVersion::V0_1_0];
        assert_eq!(built_against("0.1.0").check_imports(&old).unwrap(), WitVersion::V0_1_0);
        let refused = built_against("0.1.1").check_imports(&old).unwrap_err();
        assert!(matches!(&refused, BundleError::NewerWit { import } if import.ends_with("@0.1.1")), "{refused}");
        for version in WitVersion::ALL {
            assert_eq!(built_against(version.as_str()).check_imports(WitVersion::ALL).unwrap(), *version);
        }
    }
}
