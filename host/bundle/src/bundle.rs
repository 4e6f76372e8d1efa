//! Reading a policy's file.

use std::collections::BTreeSet;

use wasmparser::{ComponentExternalKind, ComponentTypeRef, Parser, Payload};

use crate::{BundleError, Manifest};

/// The package of the contract.
pub const WIT_PACKAGE: &str = "specialis:policy";
/// The version of the contract that this host serves.
pub const WIT_VERSION: &str = "0.1.0";

const INTERFACES: [&str; 7] = ["types", "context", "event", "facts", "text", "settings", "log"];
pub(crate) const MANIFEST: &str = "specialis:manifest";
pub(crate) const LEXICON: &str = "specialis:lexicon/";
pub(crate) const VECTORS: &str = "specialis:vectors/";

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
    /// What the component imports.
    pub imports: Vec<Import>,
    /// The file as it is: a component.
    pub bytes: Vec<u8>,
}

impl Bundle {
    /// Reads a file whole: component, imports, exports, manifest, lexicons and vectors.
    ///
    /// # Errors
    /// Where the bytes are no component, import anything outside the contract, lack an export, or where a section is
    /// missing, double or unreadable.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let outline = Outline::read(bytes)?;
        outline.check_imports()?;
        outline.check_exports()?;
        let mut names = BTreeSet::new();
        let (mut manifest_text, mut lexicons, mut vectors) = (None, Vec::new(), Vec::new());
        for (name, data) in outline.customs {
            if !name.starts_with("specialis:") {
                continue;
            }
            if !names.insert(name.clone()) {
                return Err(BundleError::DuplicateSection { name });
            }
            if name == MANIFEST {
                manifest_text = Some(utf8(&name, data)?);
            } else if let Some(short) = name.strip_prefix(LEXICON) {
                lexicons.push(NamedSection { name: short.to_owned(), data });
            } else if let Some(short) = name.strip_prefix(VECTORS) {
                vectors.push(NamedSection { name: short.to_owned(), data });
            }
        }
        let manifest_text = manifest_text.ok_or_else(|| BundleError::MissingSection { name: MANIFEST.to_owned() })?;
        let manifest = Manifest::parse(&manifest_text)?;
        Ok(Self { manifest, manifest_text, lexicons, vectors, imports: outline.imports, bytes: bytes.to_vec() })
    }
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
}

impl Outline {
    fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        let broken = |e: wasmparser::BinaryReaderError| BundleError::NotAComponent { reason: e.message().to_owned() };
        if !Parser::is_component(bytes) {
            let reason = if Parser::is_core_wasm(bytes) { "it is a core module" } else { "it is not WebAssembly" };
            return Err(BundleError::NotAComponent { reason: reason.to_owned() });
        }
        let mut outline = Self { imports: Vec::new(), exports: Vec::new(), customs: Vec::new() };
        // INVARIANT: depth counts the nested modules and components, so that only the outermost layer is read.
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            #[expect(clippy::wildcard_enum_match_arm, reason = "the other sections do not matter here")]
            match payload.map_err(broken)? {
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
        Ok(outline)
    }

    fn check_imports(&self) -> Result<(), BundleError> {
        for Import { name } in &self.imports {
            let (path, version) = name.split_once('@').unwrap_or((name, ""));
            let ours = path.split_once('/').filter(|(package, _)| *package == WIT_PACKAGE);
            match ours {
                Some((_, interface)) if INTERFACES.contains(&interface) && version == WIT_VERSION => {}
                Some(_) if version != WIT_VERSION => return Err(BundleError::WitVersion { import: name.clone() }),
                _ => {
                    return Err(BundleError::ForeignImport { import: name.clone(), way_out: way_out(name).to_owned() });
                }
            }
        }
        Ok(())
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
