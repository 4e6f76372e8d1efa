//! The first sheet of a workbook, as Excel and WPS save it: a ZIP archive of XML files.
//!
//! Only what a table needs is read: texts, numbers and switches of cells. A crate for spreadsheets would bring another implementation of
//! deflate, which every crate of the workspace would then use.

#![expect(clippy::wildcard_enum_match_arm, reason = "of the events of XML a table has a few")]

use std::io::Read as _;

use anyhow::{Context as _, Result, bail};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::sheet::{MOST_BYTES, MOST_COLUMNS, MOST_ROWS, Rows};

/// More bytes than a file of any workbook has.
const MOST_FILE_BYTES: u64 = 16 << 20;

/// The rows of the first sheet, each with its number.
///
/// # Errors
/// Where it is no workbook, or is larger than any table.
pub(super) fn rows(archive: &[u8]) -> Result<Rows> {
    let shared = match part(archive, "xl/sharedStrings.xml")? {
        Some(bytes) => texts(&bytes)?,
        None => Vec::new(),
    };
    // The sheets are numbered in the order in which they were made; the first in the workbook is the one that is meant.
    let sheet = first_sheet(archive)?;
    let bytes =
        part(archive, &sheet)?.with_context(|| format!("the workbook has no `{sheet}`; save it as .xlsx again"))?;
    cells(&bytes, &shared)
}

/// Where the first sheet of the workbook stands in the archive.
fn first_sheet(archive: &[u8]) -> Result<String> {
    let book = part(archive, "xl/workbook.xml")?.context("it is no workbook; save it as .xlsx")?;
    let relations = part(archive, "xl/_rels/workbook.xml.rels")?.context("it is no workbook; save it as .xlsx")?;
    let mut id = None;
    each(&book, |start| {
        if start.local_name().as_ref() == "sheet" && id.is_none() {
            id = attribute(start, "id");
        }
    })?;
    let mut target = None;
    each(&relations, |start| {
        if attribute(start, "Id").is_some_and(|found| Some(found) == id) {
            target = attribute(start, "Target");
        }
    })?;
    let target = target.context("the workbook has no sheet; put the rows into its first one")?;
    Ok(target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned))
}

fn text_of(xml: &[u8]) -> Result<&str> {
    std::str::from_utf8(xml).context("its XML is not UTF-8; save it as .xlsx again")
}

/// Every element that begins, in order.
fn each(xml: &[u8], mut look: impl FnMut(&BytesStart<'_>)) -> Result<()> {
    let mut reader = Reader::from_str(text_of(xml)?);
    loop {
        match reader.read_event()? {
            Event::Start(start) | Event::Empty(start) => look(&start),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// An attribute by its name without a prefix.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|one| one.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

/// The shared texts, in order: each of the runs of one `si` together, without how they are read aloud.
fn texts(xml: &[u8]) -> Result<Vec<String>> {
    let (mut texts, mut text) = (Vec::new(), String::new());
    let (mut is_text, mut is_sound) = (false, false);
    let mut reader = Reader::from_str(text_of(xml)?);
    loop {
        match reader.read_event()? {
            Event::Start(start) => match start.local_name().as_ref() {
                "si" => text.clear(),
                "t" => is_text = true,
                "rPh" => is_sound = true,
                _ => {}
            },
            Event::End(end) => match end.local_name().as_ref() {
                "si" => texts.push(std::mem::take(&mut text)),
                "t" => is_text = false,
                "rPh" => is_sound = false,
                _ => {}
            },
            Event::Empty(empty) if empty.local_name().as_ref() == "si" => texts.push(String::new()),
            Event::Eof => return Ok(texts),
            event if is_text && !is_sound => append(&mut text, &event),
            _ => {}
        }
    }
}

/// Adds what an event says.
fn append(text: &mut String, event: &Event<'_>) {
    match event {
        Event::Text(said) => text.push_str(said),
        Event::CData(said) => text.push_str(said),
        Event::GeneralRef(entity) => text.push_str(&meant(entity)),
        _ => {}
    }
}

/// The character that an entity stands for.
fn meant(entity: &str) -> String {
    let numbered = entity.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => number.parse().ok(),
    });
    match (entity, numbered.and_then(char::from_u32)) {
        (_, Some(char)) => char.to_string(),
        ("lt", None) => "<".to_owned(),
        ("gt", None) => ">".to_owned(),
        ("amp", None) => "&".to_owned(),
        ("quot", None) => "\"".to_owned(),
        ("apos", None) => "'".to_owned(),
        (_, None) => String::new(),
    }
}

/// The cell that is being read.
#[derive(Default)]
struct Cell {
    column: usize,
    kind: String,
    text: String,
}

impl Cell {
    fn value<'a>(&'a self, shared: &'a [String]) -> &'a str {
        match self.kind.as_str() {
            "s" => {
                let text = self.text.trim().parse().ok().and_then(|at: usize| shared.get(at));
                text.map(String::as_str).unwrap_or_default()
            }
            "b" if self.text.trim() == "1" => "yes",
            "b" => "no",
            _ => &self.text,
        }
    }
}

/// The cells of a sheet.
fn cells(xml: &[u8], shared: &[String]) -> Result<Rows> {
    let (mut rows, mut row): (Rows, Vec<String>) = (Vec::new(), Vec::new());
    let (mut number, mut cell, mut is_text) = (0_u32, Cell::default(), false);
    // A shared text counts at each cell that names it, and a row counts whatever number it says it has.
    let (mut n_rows, mut n_bytes) = (0_u32, 0_usize);
    let mut reader = Reader::from_str(text_of(xml)?);
    loop {
        match reader.read_event()? {
            Event::Start(start) | Event::Empty(start) if start.local_name().as_ref() == "row" => {
                let said = attribute(&start, "r").and_then(|said| said.parse().ok());
                number = said.unwrap_or_else(|| number.saturating_add(1));
                n_rows = n_rows.saturating_add(1);
                if number.max(n_rows) > MOST_ROWS {
                    bail!("it has more than {MOST_ROWS} rows; delete the empty ones");
                }
                row.clear();
            }
            Event::Start(start) => match start.local_name().as_ref() {
                "c" => {
                    let place = attribute(&start, "r").and_then(|place| column_of(&place));
                    cell = Cell {
                        column: place.unwrap_or(row.len()),
                        kind: attribute(&start, "t").unwrap_or_default(),
                        ..Cell::default()
                    };
                }
                "v" | "t" => is_text = true,
                _ => {}
            },
            Event::End(end) => match end.local_name().as_ref() {
                "c" if cell.column < MOST_COLUMNS => {
                    let value = cell.value(shared);
                    n_bytes = n_bytes.saturating_add(value.len());
                    if n_bytes > MOST_BYTES {
                        bail!("its cells have more than {MOST_BYTES} bytes together; shorten them");
                    }
                    row.resize(row.len().max(cell.column.saturating_add(1)), String::new());
                    if let Some(place) = row.get_mut(cell.column) {
                        value.clone_into(place);
                    }
                }
                "v" | "t" => is_text = false,
                "row" => rows.push((number, std::mem::take(&mut row))),
                _ => {}
            },
            Event::Eof => return Ok(rows),
            event if is_text => append(&mut cell.text, &event),
            _ => {}
        }
    }
}

/// The column of a place such as `AB12`, from 0.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_uppercase);
    let number = letters.fold(0_usize, |sum, letter| {
        sum.saturating_mul(26).saturating_add(usize::from(letter - b'A')).saturating_add(1)
    });
    number.checked_sub(1)
}

/// A file of the archive, by its name; none where there is none.
fn part(archive: &[u8], name: &str) -> Result<Option<Vec<u8>>> {
    let broken = || "it is no whole workbook; save it as .xlsx again";
    // The end of the directory is the last thing in the file, but for a comment.
    let end = archive.windows(4).rposition(|four| four == b"PK\x05\x06").with_context(broken)?;
    let n_entries = number(archive, end.saturating_add(10), 2).with_context(broken)?;
    let mut at = number(archive, end.saturating_add(16), 4).with_context(broken)?;
    for _ in 0..n_entries {
        let field = |place: usize, width| number(archive, at.saturating_add(place), width).with_context(broken);
        let (method, n_packed, n_name) = (field(10, 2)?, field(20, 4)?, field(28, 2)?);
        let (n_extra, n_comment, start) = (field(30, 2)?, field(32, 2)?, field(42, 4)?);
        let name_at = at.saturating_add(46);
        let found = archive.get(name_at..name_at.saturating_add(n_name)).with_context(broken)?;
        if found == name.as_bytes() {
            let skipped = |place: usize| number(archive, start.saturating_add(place), 2).with_context(broken);
            let data = start.saturating_add(30).saturating_add(skipped(26)?).saturating_add(skipped(28)?);
            let packed = archive.get(data..data.saturating_add(n_packed)).with_context(broken)?;
            return unpacked(packed, method).map(Some);
        }
        at = name_at.saturating_add(n_name).saturating_add(n_extra).saturating_add(n_comment);
    }
    Ok(None)
}

fn unpacked(packed: &[u8], method: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match method {
        0 => bytes.extend_from_slice(packed),
        8 => {
            flate2::read::DeflateDecoder::new(packed).take(MOST_FILE_BYTES).read_to_end(&mut bytes)?;
        }
        _ => bail!("it is compressed in a way that is not read; save it as .xlsx again"),
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) >= MOST_FILE_BYTES {
        bail!("it is larger than any table; delete what does not belong to it");
    }
    Ok(bytes)
}

/// A little-endian number of so many bytes.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    Some(bytes.iter().rev().fold(0, |sum: usize, byte| sum << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn small_file_that_unpacks_to_a_huge_one_is_refused() {
        let packed = |n: u64| {
            let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(&vec![b' '; usize::try_from(n).unwrap()]).unwrap();
            packer.finish().unwrap()
        };
        assert!(unpacked(&packed(MOST_FILE_BYTES - 1), 8).is_ok());
        let bomb = packed(2 * MOST_FILE_BYTES);
        assert!(bomb.len() < 1 << 20);
        let refused = unpacked(&bomb, 8).unwrap_err().to_string();
        assert!(refused.contains("larger than any table"), "{refused}");
    }

    #[test]
    fn columns_are_counted_as_letters() {
        assert_eq!(["A1", "Z9", "AA10", "7"].map(column_of), [Some(0), Some(25), Some(26), None]);
    }

    #[test]
    fn shared_texts_are_their_runs_without_sounds() {
        let xml = "<sst><si><t>a &amp; b</t></si><si><r><t>甲</t></r><r><t xml:space=\"preserve\"> 乙&#10;</t></r><rPh><t>x</t></rPh></si><si/></sst>";
        assert_eq!(texts(xml.as_bytes()).unwrap(), ["a & b", "甲 乙\n", ""]);
    }

    #[test]
    fn cells_stand_where_they_say_and_rows_keep_their_numbers() {
        let xml = "<worksheet><sheetData><row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"C2\"><v>7</v></c></row>\
                   <row r=\"5\"><c r=\"B5\" t=\"b\"><v>1</v></c></row></sheetData></worksheet>";
        let row = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>();
        let expected = vec![(2, row(&["甲", "", "7"])), (5, row(&["", "yes"]))];
        assert_eq!(cells(xml.as_bytes(), &["甲".to_owned()]).unwrap(), expected);
        assert!(rows(b"PK no archive").is_err());
    }

    #[test]
    fn text_that_many_cells_name_counts_at_each() {
        let shared = ["x".repeat(1 << 20)];
        let sheet = |n: usize| {
            // In one place: each cell takes the place of the one before.
            let cells = "<c r=\"A1\" t=\"s\"><v>0</v></c>".repeat(n);
            format!("<sheetData><row r=\"1\">{cells}</row></sheetData>")
        };
        assert_eq!(cells(sheet(16).as_bytes(), &shared).unwrap(), vec![(1, shared.to_vec())]);
        let refused = cells(sheet(17).as_bytes(), &shared).unwrap_err().to_string();
        assert!(refused.contains("bytes together"), "{refused}");
    }

    #[test]
    fn rows_are_counted_whatever_numbers_they_say() {
        let sheet = |n: u32| {
            let rows = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>".repeat(usize::try_from(n).unwrap());
            format!("<sheetData>{rows}</sheetData>")
        };
        assert!(cells(sheet(MOST_ROWS).as_bytes(), &[]).is_ok());
        let refused = cells(sheet(MOST_ROWS + 1).as_bytes(), &[]).unwrap_err().to_string();
        assert!(refused.contains("10000 rows"), "{refused}");
    }
}
