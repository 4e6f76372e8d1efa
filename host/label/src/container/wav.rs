//! WAV and RF64: a chunk `AIGC` of the RIFF file.
//!
//! Walked by hand: crates for tags of sounds write all metadata anew, and drop chunks they do not know.

use super::riff::Chunk;
use super::{id3, riff};
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::explicit::WavFormat;
use crate::label::Label;
use crate::limits::MAX_METADATA;
use crate::raw::RawLabel;
use crate::reading::{Reading, Remark};
use crate::source::{Source, array_at, le16, le32, wide};
use crate::xmp;

const KIND: [u8; 4] = *b"AIGC";

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let end = riff::walk(source, b"WAVE", |source, chunk| {
        match &chunk.kind {
            kind if kind.eq_ignore_ascii_case(&KIND) => {
                let text = chunk.bytes(source, MAX_METADATA)?;
                let name = format!("chunk {}", String::from_utf8_lossy(kind));
                reading.found(name, chunk.at, true, RawLabel::parse(&String::from_utf8_lossy(&text)))?;
            }
            b"LIST" if is_information(source, chunk)? => {
                let list = chunk.bytes(source, MAX_METADATA)?;
                for entry in in_list(&list) {
                    let at = chunk.data().saturating_add(wide(entry.from));
                    for label in embedded::of_field(&entry.name(), &String::from_utf8_lossy(entry.text)) {
                        reading.found(format!("LIST INFO, {}", entry.name()), at, false, label)?;
                    }
                }
            }
            b"_PMX" => {
                for found in xmp::labels(&chunk.bytes(source, MAX_METADATA)?) {
                    reading.found(format!("chunk _PMX (XMP), {}", found.name), chunk.at, false, found.label)?;
                }
            }
            b"id3 " | b"ID3 " => {
                let tag = chunk.bytes(source, MAX_METADATA)?;
                id3::read_tag(&tag, chunk.data(), false, reading)?;
            }
            b"C2PA" if cfg!(feature = "c2pa") => reading.remark(Remark::C2pa(format!("byte {}, chunk C2PA", chunk.at))),
            _ => of_others(source, chunk, reading)?,
        }
        Ok(())
    })?;
    if end < source.len() {
        reading.remark(Remark::Trailing(format!("byte {end}")));
    }
    Ok(())
}

/// The chunks of sounds, those of free space, and those that hold files of another kind.
const OF_SOUNDS: [&[u8; 4]; 13] = [
    b"fmt ", b"data", b"fact", b"cue ", b"smpl", b"inst", b"plst", b"ds64", b"JUNK", b"junk", b"PAD ", b"FLLR", b"C2PA",
];

/// Whether a program may have put a text into a chunk: what broadcasters say of a recording (`bext`, `iXML`, `axml`, `cart`), notes at
/// times (`LIST adtl`), and whatever others write.
pub(super) fn is_of_others(chunk: &Chunk) -> bool {
    !OF_SOUNDS.contains(&&chunk.kind) && chunk.len <= wide(MAX_METADATA)
}

/// Labels in the chunks of other programs.
pub(super) fn of_others(source: &mut Source<'_>, chunk: &Chunk, reading: &mut Reading) -> Result<(), LabelError> {
    if is_of_others(chunk) {
        let name = format!("chunk {}", String::from_utf8_lossy(&chunk.kind).trim_end());
        let data = chunk.bytes(source, MAX_METADATA)?;
        let marked_up = if is_markup(&data) { xmp::labels(&data) } else { Vec::new() };
        let mut labels: Vec<RawLabel> = marked_up.into_iter().map(|found| found.label).collect();
        if labels.is_empty() {
            labels = embedded::of_field_in_bytes("", &data);
        }
        for label in labels {
            reading.found(name.clone(), chunk.at, false, label)?;
        }
    }
    Ok(())
}

/// Whether a chunk is written in XML, in which characters may be escaped.
fn is_markup(data: &[u8]) -> bool {
    data.trim_ascii_start().starts_with(b"<")
}

/// The content of such a chunk with blanks where labels stood, since lengths count them; nothing where it has none, or none that can be
/// told apart.
pub(super) fn of_others_blanked(data: &[u8]) -> Option<Vec<u8>> {
    let rest = if is_markup(data) { xmp::without_label(data).ok() } else { None };
    match rest.filter(|rest| rest.len() < data.len()) {
        Some(mut rest) => {
            rest.resize(data.len(), b' ');
            Some(rest)
        }
        None => embedded::blanked(data),
    }
}

/// Whether a list is one of information.
fn is_information(source: &mut Source<'_>, chunk: &Chunk) -> Result<bool, LabelError> {
    Ok(chunk.len >= 4 && source.array::<4>(chunk.data(), "a list")? == *b"INFO")
}

/// An entry of a `LIST` of information.
pub(super) struct Entry<'a> {
    pub(super) kind: [u8; 4],
    pub(super) text: &'a [u8],
    /// The stretch of the entry, with its filling.
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Entry<'_> {
    pub(super) fn name(&self) -> String {
        String::from_utf8_lossy(&self.kind).into_owned()
    }
}

pub(super) fn in_list(list: &[u8]) -> Vec<Entry<'_>> {
    let mut found = Vec::new();
    let mut at = 4_usize;
    while list.starts_with(b"INFO")
        && let (Some(kind), Some(len)) = (array_at(list, at), le32(list, at.saturating_add(4)))
    {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let text_at = at.saturating_add(8);
        let text = list.get(text_at..text_at.saturating_add(len).min(list.len())).unwrap_or_default();
        let to = text_at.saturating_add(len).saturating_add(len & 1).min(list.len());
        found.push(Entry { kind, text, from: at, to });
        at = to.max(text_at);
    }
    found
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut edits = Edits::default();
    let end = riff::walk(source, b"WAVE", |source, chunk| {
        let to = chunk.end().min(source.len());
        match &chunk.kind {
            kind if kind.eq_ignore_ascii_case(&KIND) => edits.remove(chunk.at, to),
            b"data" if chunk.is_open => riff::close(source, chunk, &mut edits)?,
            b"LIST" if is_information(source, chunk)? => {
                let list = chunk.bytes(source, MAX_METADATA)?;
                let mut kept = Edits::default();
                for entry in in_list(&list) {
                    let (from, to) = (wide(entry.from), wide(entry.to));
                    match embedded::bytes_without_labels(&entry.name(), entry.text) {
                        Remainder::Unchanged => {}
                        Remainder::Nothing => kept.remove(from, to),
                        Remainder::Text(rest) => kept.replace(from, to, riff::chunk(entry.kind, &rest)),
                    }
                }
                if kept.n_replaced() > 0 {
                    edits.replace(chunk.at, to, riff::chunk(*b"LIST", &kept.apply_to(&list)));
                }
            }
            b"_PMX" => {
                let packet = chunk.bytes(source, MAX_METADATA)?;
                if !xmp::labels(&packet).is_empty() {
                    let stripped = xmp::without_label(&packet)
                        .map_err(|problem| source.broken(chunk.at, problem.what, "remove the packet first"))?;
                    edits.replace(chunk.at, to, riff::chunk(*b"_PMX", &stripped));
                }
            }
            b"id3 " | b"ID3 " => {
                let tag = chunk.bytes(source, MAX_METADATA)?;
                if let Some(stripped) = id3::without_label(&tag, chunk.data())? {
                    edits.replace(chunk.at, to, riff::chunk(chunk.kind, &stripped));
                }
            }
            _ if is_of_others(chunk) => {
                if let Some(blanked) = of_others_blanked(&chunk.bytes(source, MAX_METADATA)?) {
                    edits.replace(chunk.data(), chunk.data().saturating_add(chunk.len), blanked);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    let mut put = Vec::new();
    // A last chunk of odd length may lack its filling; what follows begins at an even place.
    if !end.is_multiple_of(2) {
        put.push(0);
    }
    put.extend(riff::chunk(KIND, label.to_json().as_bytes()));
    edits.insert(end, put);
    riff::resize(source, end, &mut edits)?;
    Ok(edits)
}

/// What has to be known of a sound to put another before it.
pub(crate) struct WavLayout {
    /// How samples are written; nothing where they are packed.
    pub(crate) format: Option<WavFormat>,
    pub(crate) data_at: u64,
    pub(crate) data_len: u64,
    /// Where the format ends.
    pub(crate) end: u64,
    /// Where marks at times stand, if there are any.
    pub(crate) marks_at: Option<u64>,
    /// Where the number of samples stands that is said beside the sound, and how wide it is.
    pub(crate) count_at: Option<(u64, usize)>,
    /// Where the length of the sound stands in 64 bits, if it does.
    pub(crate) wide_len_at: Option<u64>,
}

/// In an RF64 file, behind the heads of the file and of `ds64` and the length of the whole.
const WIDE_LEN_AT: u64 = 28;
const WIDE_COUNT_AT: u64 = 36;

/// Plain numbers, and numbers with a fraction.
const PCM: u16 = 1;
const FLOAT: u16 = 3;
/// The kind stands further behind, in an id that begins with it.
const EXTENSIBLE: u16 = 0xFFFE;

pub(crate) fn layout(source: &mut Source<'_>) -> Result<WavLayout, LabelError> {
    let is_wide = source.array::<4>(0, "the header")? == *b"RF64";
    let mut found = WavLayout {
        format: None,
        data_at: 0,
        data_len: 0,
        end: 0,
        marks_at: None,
        count_at: is_wide.then_some((WIDE_COUNT_AT, 8)),
        wide_len_at: is_wide.then_some(WIDE_LEN_AT),
    };
    found.end = riff::walk(source, b"WAVE", |source, chunk| {
        match &chunk.kind {
            b"fmt " => {
                let bytes = chunk.bytes(source, MAX_METADATA)?;
                let kind =
                    le16(&bytes, 0).and_then(|kind| if kind == EXTENSIBLE { le16(&bytes, 24) } else { Some(kind) });
                let fields = le32(&bytes, 4).zip(le16(&bytes, 2)).zip(le16(&bytes, 14)).zip(kind);
                found.format =
                    fields.filter(|(_, kind)| matches!(*kind, PCM | FLOAT)).map(|(((rate, channels), bits), kind)| {
                        WavFormat { rate, channels, bits, is_float: kind == FLOAT }
                    });
            }
            b"data" if found.data_at == 0 => (found.data_at, found.data_len) = (chunk.data(), chunk.len),
            b"cue " | b"smpl" => found.marks_at = Some(chunk.at),
            b"fact" if !is_wide && chunk.len >= 4 => found.count_at = Some((chunk.data(), 4)),
            _ => {}
        }
        Ok(())
    })?;
    if found.data_at == 0 {
        return Err(source.broken(found.end, "the file has no sound", "record or fetch the whole file again"));
    }
    Ok(found)
}
