//! Files past 4 GiB, of which only the few bytes that matter exist: labelled without reading what does not.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use specialis_label::{Container, read, replace_edits, write_edits};

use crate::round_trip::{label, mp4_box};

/// Zeros, but for a start and an end; counts what is read of it.
struct Sparse {
    start: Vec<u8>,
    end: Vec<u8>,
    len: u64,
    at: u64,
    n_read: u64,
}

impl Sparse {
    fn new(start: Vec<u8>, len: u64, end: Vec<u8>) -> Self {
        Self { start, end, len, at: 0, n_read: 0 }
    }
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let n = buffer.len().min(left);
        for (index, byte) in buffer[..n].iter_mut().enumerate() {
            let at = self.at + index as u64;
            let end_at = self.len - self.end.len() as u64;
            *byte = match (usize::try_from(at).ok().and_then(|at| self.start.get(at)), at.checked_sub(end_at)) {
                (Some(byte), _) => *byte,
                (None, Some(behind)) => self.end[usize::try_from(behind).unwrap()],
                (None, None) => 0,
            };
        }
        self.at += n as u64;
        self.n_read += n as u64;
        Ok(n)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.len.checked_add_signed(by).unwrap(),
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

const LEN: u64 = 6 << 30;

/// Writing is planned, and read back, while almost nothing is read.
fn planned(container: Container, mut file: Sparse) {
    let reading = read(&mut file, container).unwrap();
    assert!(reading.trouble.is_none(), "{container}: {:?}", reading.trouble);
    let edits = write_edits(&mut file, container, &label()).unwrap_or_else(|error| panic!("{container}: {error}"));
    assert!(edits.n_new() < 4096, "{container}: {} new bytes", edits.n_new());
    assert!(file.n_read < 1 << 20, "{container}: {} bytes were read", file.n_read);
}

#[test]
fn a_video_with_a_length_in_64_bits_is_labelled_whichever_side_its_index_is_on() {
    let media = LEN - 1000;
    let head = [&1_u32.to_be_bytes(), b"mdat".as_slice(), &media.to_be_bytes()].concat();
    let table = mp4_box(b"co64", &[&[0; 4], 1_u32.to_be_bytes().as_slice(), &(LEN - 2000).to_be_bytes()].concat());
    let index = mp4_box(b"trak", &mp4_box(b"mdia", &mp4_box(b"minf", &mp4_box(b"stbl", &table))));
    let moov = mp4_box(b"moov", &index);
    let ftyp = mp4_box(b"ftyp", b"isom\0\0\0\0");
    let len = media + (ftyp.len() + moov.len()) as u64;
    planned(Container::Mp4, Sparse::new([ftyp.as_slice(), &moov, &head].concat(), len, Vec::new()));
    planned(Container::Mp4, Sparse::new([ftyp.as_slice(), &head].concat(), len, moov));
}

#[test]
fn a_sound_past_4_gib_is_labelled_as_rf64_and_gets_its_rhythm() {
    let data = LEN - 80;
    let sizes =
        [b"ds64\x1C\0\0\0".as_slice(), &(LEN - 8).to_le_bytes(), &data.to_le_bytes(), &data.to_le_bytes(), &[0; 4]]
            .concat();
    let format = [b"fmt \x10\0\0\0".as_slice(), &[1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0]].concat();
    let start = [b"RF64\xFF\xFF\xFF\xFFWAVE".as_slice(), &sizes, &format, b"data\xFF\xFF\xFF\xFF"].concat();
    assert_eq!(start.len(), 80);
    planned(Container::Wav, Sparse::new(start.clone(), LEN, Vec::new()));
    let mut file = Sparse::new(start, LEN, Vec::new());
    let edits = specialis_label::explicit::before_sound(&mut file, specialis_label::explicit::Cue::Start).unwrap();
    assert!(file.n_read < 1 << 20);
    assert!(edits.n_new() < 20_000, "8,000 samples a second for less than two seconds");
}

#[test]
fn a_matroska_with_a_length_in_eight_bytes_is_labelled() {
    let cluster_len = (LEN - 1000) | 1 << 56;
    let cluster = [b"\x1F\x43\xB6\x75".as_slice(), &cluster_len.to_be_bytes()].concat();
    let body_len = ((LEN - 1000 + cluster.len() as u64) | 1 << 56).to_be_bytes();
    let start = [b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67".as_slice(), &body_len, &cluster].concat();
    let len = start.len() as u64 + LEN - 1000;
    planned(Container::Matroska, Sparse::new(start, len, Vec::new()));
}

#[test]
fn a_big_tiff_is_labelled_with_places_past_4_gib() {
    let entry = [0x00, 0x01, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    let directory = [1_u64.to_le_bytes().as_slice(), &entry, &[0; 8]].concat();
    let start = [b"II+\0\x08\0\0\0".as_slice(), &(LEN - directory.len() as u64).to_le_bytes()].concat();
    planned(Container::Tiff, Sparse::new(start, LEN, directory));
}

#[test]
fn an_archive_with_places_in_64_bits_is_labelled() {
    let types = "<?xml version=\"1.0\"?><Types xmlns=\"t\"></Types>";
    let relations = "<?xml version=\"1.0\"?><Relationships xmlns=\"r\"></Relationships>";
    let part = |name: &str, text: &str| {
        let checksum = crc32fast::hash(text.as_bytes()).to_le_bytes();
        let len = u32::try_from(text.len()).unwrap().to_le_bytes();
        let name_len = u16::try_from(name.len()).unwrap().to_le_bytes();
        let fields = [&[45, 0, 0, 0, 0, 0, 0, 0, 0x21, 0], checksum.as_slice(), &len, &len, &name_len].concat();
        let local = [b"PK\x03\x04".as_slice(), &fields, &[0, 0], name.as_bytes(), text.as_bytes()].concat();
        (local, fields)
    };
    let (first, first_fields) = part("[Content_Types].xml", types);
    let (second, second_fields) = part("_rels/.rels", relations);
    let line = |fields: &[u8], name: &str, at: u64| {
        let extra = [&[1, 0, 8, 0], at.to_le_bytes().as_slice()].concat();
        let rest = [&[12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0xFF; 4].as_slice()].concat();
        [b"PK\x01\x02\x2D\0".as_slice(), fields, &rest, name.as_bytes(), &extra].concat()
    };
    // The last part stands past 4 GiB, and so does the directory.
    let tail_len = |n: usize| n as u64;
    let second_at = LEN;
    let directory_at = second_at + tail_len(second.len());
    let directory =
        [line(&first_fields, "[Content_Types].xml", 0), line(&second_fields, "_rels/.rels", second_at)].concat();
    let end_at = directory_at + tail_len(directory.len());
    let end_64 = [
        b"PK\x06\x06\x2C\0\0\0\0\0\0\0\x2D\0\x2D\0\0\0\0\0\0\0\0\0".as_slice(),
        &2_u64.to_le_bytes(),
        &2_u64.to_le_bytes(),
        &tail_len(directory.len()).to_le_bytes(),
        &directory_at.to_le_bytes(),
    ]
    .concat();
    let locator = [b"PK\x06\x07\0\0\0\0".as_slice(), &end_at.to_le_bytes(), &[1, 0, 0, 0]].concat();
    let end = [b"PK\x05\x06\0\0\0\0\x02\0\x02\0".as_slice(), &[0xFF; 8], &[0, 0]].concat();
    let tail = [second, directory, end_64, locator, end].concat();
    let len = second_at + tail_len(tail.len());
    planned(Container::Office, Sparse::new(first, len, tail));
}

#[test]
fn directories_that_overlap_to_be_read_without_end_are_refused() {
    // Each of nearly 20,000 directories claims to have as many entries as there can be, over the same bytes. The places of directories
    // are read as tags too, and none of them is that of a text.
    let n_entries = 60_000_u16;
    let is_text = |tag: u32| matches!(tag, 27 | 28 | 269..=272 | 305 | 315 | 316 | 700 | 33432 | 33723 | 34675 | 37500 | 37510 | 40091..=40095);
    let starts: Vec<u32> = (0..20_000).map(|n| 8 + 6 * n).filter(|at| !is_text(at % 65_536)).collect();
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    let next_at = |at: u32| at as usize + 2 + 12 * usize::from(n_entries);
    file.resize(next_at(*starts.last().unwrap()) + 4, 0);
    for pair in starts.windows(2) {
        let at = pair[0] as usize;
        file[at..at + 2].copy_from_slice(&n_entries.to_le_bytes());
        file[next_at(pair[0])..next_at(pair[0]) + 4].copy_from_slice(&pair[1].to_le_bytes());
    }
    let reading = read(&mut Cursor::new(file), Container::Tiff).unwrap();
    let why = reading.trouble.unwrap().to_string();
    assert!(why.contains("the sum of its parts, which overlap"), "{why}");
}

#[test]
fn the_bulk_of_a_picture_is_looked_through_once_to_label_it() {
    let start = b"\xFF\xD8\xFF\xDB\0\x43\0"
        .iter()
        .copied()
        .chain([16; 64])
        .chain(*b"\xFF\xC0\0\x0B\x08\0\x08\0\x08\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\x3F\0");
    let len = 4 << 20;
    // Two scans, each as long: a picture that builds up has several.
    let scan = [b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0".as_slice(), &vec![0x55; len], b"\xFF\xD9"].concat();
    let file_len = 2 * len + scan.len();
    let mut file = Sparse::new(start.collect(), file_len as u64, scan);
    let edits = write_edits(&mut file, Container::Jpeg, &label()).unwrap();
    assert!(file.n_read < file_len as u64 * 5 / 4, "{} of {file_len}", file.n_read);
    let mut labelled = Vec::new();
    edits.apply(&mut file, &mut labelled).unwrap();
    let reading = read(&mut Cursor::new(labelled), Container::Jpeg).unwrap();
    assert!(reading.trouble.is_none() && reading.labels.len() == 1, "{reading:?}");
}

#[test]
fn what_was_looked_through_is_looked_through_again_where_a_label_stood_behind_it() {
    let comment = r#"{"AIGC":{"Label":"1","ContentProducer":"p","ProduceID":"old"}}"#;
    let comment = [&[0xFF, 0xFE, 0, comment.len() as u8 + 2], comment.as_bytes()].concat();
    let scan = [b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0".as_slice(), &[0x55; 100_000]].concat();
    let file = [b"\xFF\xD8".as_slice(), &scan, &comment, &scan, b"\xFF\xD9"].concat();
    let edits = replace_edits(&mut Cursor::new(&file), Container::Jpeg, &label()).unwrap();
    let mut out = Vec::new();
    edits.apply(&mut Cursor::new(&file), &mut out).unwrap();
    let reading = read(&mut Cursor::new(&out), Container::Jpeg).unwrap();
    assert!(reading.trouble.is_none() && reading.labels.len() == 1, "{reading:?}");
    assert!(out.ends_with(&[scan.as_slice(), &scan, b"\xFF\xD9"].concat()));
}
