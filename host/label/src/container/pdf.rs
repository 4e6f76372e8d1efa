//! PDF: entry `/AIGC` of the information dictionary.
//!
//! Written as an incremental update: what was there stays byte for byte, as signatures need it. Walked by hand, from the end:
//! crates for PDF load and unpack the whole document, which a hostile one uses to exhaust memory.

mod cipher;
#[cfg(feature = "draw")]
mod marked;
mod object;
mod rebuilt;
mod xref;

use std::collections::BTreeMap;

use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::{MAX_INFLATED, MAX_METADATA};
use crate::raw::{RawLabel, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xmp;

#[cfg(feature = "draw")]
pub(crate) use marked::{Outline, mark_on, marked};

use cipher::Cipher;
use object::{Dict, Reference};
use xref::{Document, Place, Section, Stream};

/// How many associated files are looked at.
const MAX_FILES: usize = 256;

/// The parts of a document that labels are about.
struct Parts {
    document: Document,
    /// The information dictionary, where it stands, and its number where it has one.
    info: Option<(Dict, u64, Option<Reference>)>,
    /// The catalog, where it stands, and its number.
    root: (Dict, u64, Option<Reference>),
    metadata: Option<(Stream, u64, Reference)>,
    is_signed: bool,
    /// Where a C2PA manifest is attached.
    manifest: Option<u64>,
}

fn parts(source: &mut Source<'_>) -> Result<Parts, LabelError> {
    let document = Document::read(source)?;
    let info = match document.trailer.get("Info") {
        None => None,
        Some(value) => match object::reference(value) {
            Some(number) => document.dict(source, number)?.map(|(dict, at)| (dict, at, Some(number))),
            None => Dict::parse(value, 0).map(|(dict, _)| (dict, document.last_xref, None)),
        },
    };
    let root_number = document.trailer.get("Root").and_then(object::reference);
    let root = root_number.map(|root| document.dict(source, root)).transpose()?.flatten();
    let Some((root, root_at)) = root else {
        return Err(source.broken(
            document.last_xref,
            "the document has no catalog",
            "repair it, for example with qpdf",
        ));
    };
    let metadata = match root.get("Metadata").and_then(object::reference) {
        Some(number) => document.stream(source, number)?.map(|(stream, at)| (stream, at, number)),
        None => None,
    };
    let is_signed = match root.get("AcroForm") {
        None => false,
        Some(form) => {
            let dict = match object::reference(form) {
                Some(number) => document.dict(source, number)?.map(|(dict, _)| dict),
                None => Dict::parse(form, 0).map(|(dict, _)| dict),
            };
            let flags = dict.as_ref().and_then(|dict| dict.get("SigFlags")).and_then(object::integer);
            flags.is_some_and(|flags| flags & 1 == 1)
        }
    };
    let manifest = manifest(source, &document, &root)?;
    let root = (root, root_at, root_number);
    Ok(Parts { document, info, root, metadata, is_signed, manifest })
}

/// Where the catalog says that a C2PA manifest is attached.
fn manifest(source: &mut Source<'_>, document: &Document, root: &Dict) -> Result<Option<u64>, LabelError> {
    let Some(list) = root.get("AF") else { return Ok(None) };
    let list = match object::reference(list) {
        Some(number) => document.value(source, number)?.unwrap_or_default(),
        None => list.to_vec(),
    };
    for number in object::references(&list).into_iter().take(MAX_FILES) {
        if let Some((file, at)) = document.dict(source, number)?
            && file.get("AFRelationship") == Some(b"/C2PA_Manifest")
        {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The information dictionary, with its strings as people read them.
struct Info<'a> {
    dict: &'a Dict,
    at: u64,
    /// The object that it is, with the cipher of its strings; nothing where they are not encrypted.
    cipher: Option<(&'a Cipher, Reference)>,
}

impl<'a> Info<'a> {
    fn of(parts: &'a Parts, source: &mut Source<'_>) -> Result<Option<Self>, LabelError> {
        parts.info.as_ref().map(|object| Self::in_object(parts, source, object)).transpose()
    }

    /// The strings of an object, as people read them.
    fn in_object(
        parts: &'a Parts,
        source: &mut Source<'_>,
        (dict, at, number): &'a (Dict, u64, Option<Reference>),
    ) -> Result<Self, LabelError> {
        let is_plain = match number {
            Some(number) => parts.document.is_packed(source, *number)?,
            None => false,
        };
        let cipher = parts.document.cipher.as_ref().zip(*number).filter(|_| !is_plain);
        Ok(Self { dict, at: *at, cipher })
    }

    /// The bytes of a string.
    fn bytes(&self, value: &[u8]) -> Option<Vec<u8>> {
        let bytes = object::string_bytes(value)?;
        match self.cipher {
            Some((cipher, own)) => cipher.decrypt_string(own, &bytes),
            None => Some(bytes),
        }
    }

    fn labels(&self, key: &str, value: &[u8]) -> Vec<RawLabel> {
        match self.bytes(value) {
            Some(bytes) => embedded::of_field(key, &object::text(&bytes)),
            None if is_label_name(key) => {
                vec![RawLabel::unreadable(String::from_utf8_lossy(value), 0, "it is no string")]
            }
            None => Vec::new(),
        }
    }

    /// An entry without its labels, as it stands or with the bytes of its string; nothing where nothing is left of it.
    fn without_labels(&self, key: &str, value: &[u8]) -> Option<Entry> {
        if is_label_name(key) {
            return None;
        }
        let Some(bytes) = self.bytes(value) else { return Some(Entry::AsItStands(value.to_vec())) };
        match embedded::without_labels(key, &object::text(&bytes)) {
            Remainder::Unchanged => Some(Entry::String(bytes)),
            Remainder::Nothing => None,
            Remainder::Text(rest) => Some(Entry::String(object::wide(&rest))),
        }
    }
}

/// What an entry of the information dictionary holds.
enum Entry {
    AsItStands(Vec<u8>),
    String(Vec<u8>),
}

fn packet(stream: &Stream) -> Result<Vec<u8>, LabelError> {
    stream.plain(MAX_INFLATED).map_err(|what| {
        LabelError::broken(
            Container::Pdf,
            stream.at,
            format!("the XMP packet: {what}"),
            "repair it, for example with qpdf",
        )
    })
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let parts = parts(source)?;
    if parts.is_signed {
        reading.remark(Remark::Signed("its form".to_owned()));
    }
    if let Some(at) = parts.manifest.filter(|_| cfg!(feature = "c2pa")) {
        reading.remark(Remark::C2pa(format!("byte {at}, associated file")));
    }
    if let Some(info) = Info::of(&parts, source)? {
        for (key, value) in &info.dict.entries {
            for label in info.labels(key, value) {
                reading.found(format!("Info, /{key}"), info.at, is_label_name(key), label)?;
            }
        }
    }
    // A program that knows no better puts it into the catalog.
    let root = Info::in_object(&parts, source, &parts.root)?;
    let is_string = |value: &[u8]| value.starts_with(b"(") || value.starts_with(b"<") && !value.starts_with(b"<<");
    for (key, value) in root.dict.entries.iter().filter(|(_, value)| is_string(value)) {
        for label in root.labels(key, value) {
            reading.found(format!("catalog, /{key}"), root.at, false, label)?;
        }
    }
    if let Some((stream, at, _)) = &parts.metadata {
        for found in xmp::labels(&packet(stream)?) {
            reading.found(format!("Metadata (XMP), {}", found.name), *at, false, found.label)?;
        }
    }
    Ok(())
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let parts = parts(source)?;
    let mut update = Update::new(source, &parts.document)?;
    let number = parts.info.as_ref().and_then(|(_, _, number)| *number).unwrap_or_else(|| update.new_number());
    let cipher = parts.document.cipher.as_ref();
    let failed = || LabelError::Encrypted { container: Container::Pdf };
    let string = |bytes: &[u8]| match cipher {
        Some(cipher) => cipher.encrypt_string(number, bytes).map(|bytes| object::from_bytes(&bytes)).ok_or_else(failed),
        None => Ok(object::from_bytes(bytes)),
    };
    let mut info: Vec<u8> = b"<<".to_vec();
    if let Some(old) = Info::of(&parts, source)? {
        for (key, value) in &old.dict.entries {
            let value = match old.without_labels(key, value) {
                None => continue,
                Some(Entry::AsItStands(value)) => value,
                // What is not encrypted and stays the same is kept in the way that it was written.
                Some(Entry::String(bytes))
                    if cipher.is_none() && object::string_bytes(value).as_ref() == Some(&bytes) =>
                {
                    value.clone()
                }
                Some(Entry::String(bytes)) => string(&bytes)?,
            };
            info.extend([b"/", object::escaped_name(key).as_bytes(), b" ", &value].concat());
        }
    }
    let own = match cipher {
        Some(_) => string(label.to_json().as_bytes())?,
        None => object::literal(&label.to_json()).into_bytes(),
    };
    info.extend([format!(" /{WRAPPER} ").as_bytes(), &own, b" >>"].concat());
    update.object(number, &info);
    if let Some((stream, at, own)) = &parts.metadata {
        let packet = packet(stream)?;
        if !xmp::labels(&packet).is_empty() {
            let stripped = xmp::without_label(&packet).map_err(|problem| {
                source.broken(*at, format!("the XMP packet: {}", problem.what), "remove the packet first")
            })?;
            let stripped = match cipher.filter(|cipher| cipher.has_encrypted_metadata) {
                Some(cipher) => cipher.encrypt_stream(*own, &stripped).ok_or_else(failed)?,
                None => stripped,
            };
            let head = format!("<< /Type /Metadata /Subtype /XML /Length {} >>\nstream\n", stripped.len());
            update.object(*own, &[head.as_bytes(), &stripped, b"\nendstream"].concat());
        }
    }
    let mut edits = Edits::default();
    edits.insert(source.len(), update.finish(&parts.document, Some(number))?);
    Ok(edits)
}

/// The bytes that go behind a document.
struct Update {
    /// Where the update begins, as the document counts.
    base: u64,
    bytes: Vec<u8>,
    objects: Vec<(Reference, u64)>,
    next: u64,
    /// The dictionary that says how the document is encrypted.
    encrypt: Option<Reference>,
}

impl Update {
    fn new(source: &mut Source<'_>, document: &Document) -> Result<Self, LabelError> {
        let last = source.bytes(source.len().saturating_sub(1), 1, MAX_METADATA, "the end of the file")?;
        let bytes = if matches!(last.first(), Some(b'\n' | b'\r')) { Vec::new() } else { b"\n".to_vec() };
        let base = source.len().saturating_sub(document.start);
        let mut update = Self { base, bytes, objects: Vec::new(), next: document.size, encrypt: None };
        // One that stands in the trailer may hold any bytes: it becomes an object of its own.
        if let Some(value) = document.trailer.get("Encrypt") {
            let own = object::reference(value).unwrap_or_else(|| {
                let own = update.new_number();
                update.object(own, value);
                own
            });
            update.encrypt = Some(own);
        }
        Ok(update)
    }

    fn new_number(&mut self) -> Reference {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        Reference { number, generation: 0 }
    }

    fn place(&self) -> u64 {
        self.base.saturating_add(wide(self.bytes.len()))
    }

    fn object(&mut self, own: Reference, body: &[u8]) {
        self.objects.push((own, self.place()));
        self.bytes.extend(format!("{} {} obj\n", own.number, own.generation).into_bytes());
        self.bytes.extend(body);
        self.bytes.extend(b"\nendobj\n");
    }

    /// The rows of a stream of places, by number: what is new, and everything else where the old lists lead nowhere.
    fn rows(&self, document: &Document) -> BTreeMap<u64, [u64; 3]> {
        let mut rows = BTreeMap::new();
        for section in &document.sections {
            let Section::Found(places) = section else { continue };
            rows.extend(places.iter().map(|(number, found)| match found.place {
                Place::At(at) => (*number, [1, at.saturating_sub(document.start), found.generation]),
                Place::Packed { stream, index } => (*number, [2, stream, wide(index)]),
            }));
        }
        rows.extend(self.objects.iter().map(|(own, offset)| (own.number, [1, *offset, own.generation])));
        rows
    }

    /// The table of what is new, in the kind that the document itself has, and the end.
    fn finish(mut self, document: &Document, info: Option<Reference>) -> Result<Vec<u8>, LabelError> {
        let mut trailer = match info {
            Some(info) => format!("/Info {} {} R", info.number, info.generation),
            None => String::new(),
        };
        // Lists of places that lead nowhere are not followed any more.
        if !document.is_rebuilt {
            trailer.push_str(&format!(" /Prev {}", document.last_xref_stated));
        }
        if let Some(root) = document.trailer.get("Root") {
            trailer.push_str(&format!(" /Root {}", String::from_utf8_lossy(root)));
        }
        if let Some(encrypt) = self.encrypt {
            trailer.push_str(&format!(" /Encrypt {} {} R", encrypt.number, encrypt.generation));
        }
        // Two strings of any bytes; in hexadecimal they are text.
        if let Some(id) = document.trailer.get("ID").and_then(object::hexadecimal_array) {
            trailer.push_str(&format!(" /ID {id}"));
        }
        let at = self.place();
        if document.has_stream {
            let own = self.new_number();
            self.objects.push((own, at));
            self.objects.sort_by_key(|(own, _)| own.number);
            let mut index = String::new();
            let mut rows = Vec::new();
            for (number, [kind, second, third]) in self.rows(document) {
                index.push_str(&format!("{number} 1 "));
                rows.push(u8::try_from(kind).unwrap_or_default());
                rows.extend(second.to_be_bytes());
                rows.extend(u16::try_from(third).unwrap_or_default().to_be_bytes());
            }
            let head = format!(
                "{} 0 obj\n<< /Type /XRef /Size {} /W [1 8 2] /Index [{}] {trailer} /Length {} >>\nstream\n",
                own.number,
                self.next,
                index.trim_end(),
                rows.len()
            );
            self.bytes.extend([head.as_bytes(), &rows, b"\nendstream\nendobj\n"].concat());
        } else {
            self.objects.sort_by_key(|(own, _)| own.number);
            let mut table = "xref\n".to_owned();
            for (object, offset) in &self.objects {
                if *offset > 9_999_999_999 {
                    let what = "the document is too long for its table of places".to_owned();
                    return Err(LabelError::Unsupported {
                        container: Container::Pdf,
                        what,
                        fix: "rewrite it with qpdf",
                    });
                }
                table.push_str(&format!("{} 1\n{offset:010} {:05} n\r\n", object.number, object.generation));
            }
            table.push_str(&format!("trailer\n<< /Size {} {trailer} >>\n", self.next));
            self.bytes.extend(table.into_bytes());
        }
        self.bytes.extend(format!("startxref\n{at}\n%%EOF\n").into_bytes());
        Ok(self.bytes)
    }
}
