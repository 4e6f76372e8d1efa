//! PDF: entry `/AIGC` of the information dictionary.
//!
//! Written as an incremental update: what was there stays byte for byte, as signatures need it. Walked by hand, from the end:
//! crates for PDF load and unpack the whole document, which a hostile one uses to exhaust memory.

mod object;
mod xref;

use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::{MAX_INFLATED, MAX_METADATA};
use crate::raw::{RawLabel, is_label, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xmp;

use object::{Dict, Reference};
use xref::{Document, Stream};

/// How many associated files are looked at.
const MAX_FILES: usize = 256;

/// The parts of a document that labels are about.
struct Parts {
    document: Document,
    /// The information dictionary, where it stands, and its number where it has one.
    info: Option<(Dict, u64, Option<Reference>)>,
    metadata: Option<(Stream, u64, Reference)>,
    is_signed: bool,
    /// Where a C2PA manifest is attached.
    manifest: Option<u64>,
}

fn parts(source: &mut Source<'_>) -> Result<Parts, LabelError> {
    let document = Document::read(source)?;
    if document.trailer.get("Encrypt").is_some() {
        return Err(LabelError::Encrypted { container: Container::Pdf });
    }
    let info = match document.trailer.get("Info") {
        None => None,
        Some(value) => match object::reference(value) {
            Some(number) => document.dict(source, number)?.map(|(dict, at)| (dict, at, Some(number))),
            None => Dict::parse(value, 0).map(|(dict, _)| (dict, document.last_xref, None)),
        },
    };
    let root = document.trailer.get("Root").and_then(object::reference);
    let root = root.map(|root| document.dict(source, root)).transpose()?.flatten();
    let Some((root, _)) = root else {
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
    Ok(Parts { document, info, metadata, is_signed, manifest })
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

/// Whether an entry of the information dictionary is a label.
fn is_entry(key: &str, value: &[u8]) -> bool {
    is_label_name(key) || object::string(value).is_some_and(|text| is_label(key, &text))
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
    if let Some((info, at, _)) = &parts.info {
        for (key, value) in info.entries.iter().filter(|(key, value)| is_entry(key, value)) {
            let label = match object::string(value) {
                Some(text) => RawLabel::parse(&text),
                None => RawLabel::unreadable(String::from_utf8_lossy(value), 0, "it is no string"),
            };
            reading.found(format!("Info, /{key}"), *at, is_label_name(key), label)?;
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
    let mut info: Vec<u8> = b"<<".to_vec();
    let number = match &parts.info {
        Some((dict, _, number)) => {
            for (key, value) in dict.entries.iter().filter(|(key, value)| !is_entry(key, value)) {
                info.extend([b"/", object::escaped_name(key).as_bytes(), b" ", value].concat());
            }
            *number
        }
        None => None,
    };
    info.extend(format!(" /{WRAPPER} {} >>", object::literal(&label.to_json())).into_bytes());
    let number = number.unwrap_or_else(|| update.new_number());
    update.object(number, &info);
    if let Some((stream, at, own)) = &parts.metadata {
        let packet = packet(stream)?;
        if !xmp::labels(&packet).is_empty() {
            let stripped = xmp::without_label(&packet).map_err(|problem| {
                source.broken(*at, format!("the XMP packet: {}", problem.what), "remove the packet first")
            })?;
            let head = format!("<< /Type /Metadata /Subtype /XML /Length {} >>\nstream\n", stripped.len());
            update.object(*own, &[head.as_bytes(), &stripped, b"\nendstream"].concat());
        }
    }
    let mut edits = Edits::default();
    edits.insert(source.len(), update.finish(&parts.document, number)?);
    Ok(edits)
}

/// The bytes that go behind a document.
struct Update {
    /// Where the update begins, as the document counts.
    base: u64,
    bytes: Vec<u8>,
    objects: Vec<(Reference, u64)>,
    next: u64,
}

impl Update {
    fn new(source: &mut Source<'_>, document: &Document) -> Result<Self, LabelError> {
        let last = source.bytes(source.len().saturating_sub(1), 1, MAX_METADATA, "the end of the file")?;
        let bytes = if matches!(last.first(), Some(b'\n' | b'\r')) { Vec::new() } else { b"\n".to_vec() };
        let base = source.len().saturating_sub(document.start);
        Ok(Self { base, bytes, objects: Vec::new(), next: document.size })
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

    /// The table of what is new, in the kind that the document itself has, and the end.
    fn finish(mut self, document: &Document, info: Reference) -> Result<Vec<u8>, LabelError> {
        let mut trailer = format!("/Info {} {} R /Prev {}", info.number, info.generation, document.last_xref_stated);
        if let Some(root) = document.trailer.get("Root") {
            trailer.push_str(&format!(" /Root {}", String::from_utf8_lossy(root)));
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
            for (object, offset) in &self.objects {
                index.push_str(&format!("{} 1 ", object.number));
                rows.push(1);
                rows.extend(offset.to_be_bytes());
                rows.extend(u16::try_from(object.generation).unwrap_or_default().to_be_bytes());
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
