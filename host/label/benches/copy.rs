//! Labeling a file against copying it, and against exiftool where that is installed: a JPEG of 5 MB, an MP4 of 200 MB, a WAV of 100 MB
//! and an MP4 of 1 GB, each as the median and the least of several runs, all in one process so that the ratios can be compared. A
//! name on the command line picks those that contain it.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its figures, and fails by falling")]

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use specialis_label::{Container, Label, write};

/// How a file is made, of a length in bytes.
type Make = fn(usize) -> Vec<u8>;

/// Name, end of the file's name, length, how often it is measured, how it is made.
const FILES: [(&str, &str, usize, usize, Make); 4] = [
    ("label/write/jpeg-5MB", "jpg", 5 << 20, 9, jpeg_of),
    ("label/write/mp4-200MB", "mp4", 200 << 20, 9, mp4_of),
    ("label/write/wav-100MB", "wav", 100_000_000, 5, wav_of),
    ("label/write/mp4-1GB", "mp4", 1_000_000_000, 3, mp4_of),
];

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (name, end, len, n_runs, make) in FILES.into_iter().filter(|(name, ..)| name.contains(&wanted)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a").with_extension(end);
        fs::write(&file, make(len)).unwrap();
        compare(name, &file, n_runs);
    }
}

fn compare(name: &str, file: &Path, n_runs: usize) {
    let out = file.with_extension("out");
    let container = Container::of_name(file).unwrap();
    let label = Label::generated("p", "bench-1").unwrap();
    let copied = times(&out, n_runs, || {
        fs::copy(file, &out).unwrap();
    });
    let labelled = times(&out, n_runs, || {
        write(&mut File::open(file).unwrap(), &mut File::create(&out).unwrap(), container, &label).unwrap();
    });
    let say = |what: &str, times: &Times| {
        let ratio = |took: Duration, of: Duration| took.as_secs_f64() / of.as_secs_f64();
        let (median, least) = (ratio(times.median, copied.median), ratio(times.least, copied.least));
        println!(
            "{name}: {what} {:?} ({median:.2} of the copy), at least {:?} ({least:.2})",
            times.median, times.least
        );
    };
    say("copy", &copied);
    say("labelled", &labelled);
    if Command::new("exiftool").arg("-ver").output().is_ok() && container != Container::Wav {
        let tag = if container == Container::Jpeg { "-XMP-dc:Description=x" } else { "-Keys:Description=x" };
        let other = times(&out, n_runs, || {
            drop(Command::new("exiftool").args(["-q", tag, "-o"]).args([&out, file]).output().unwrap())
        });
        say("exiftool, a description of the same kind,", &other);
    }
}

/// How long several runs took.
struct Times {
    median: Duration,
    least: Duration,
}

/// Measures; what was written is removed before each run, outside of the time.
fn times(out: &Path, n_runs: usize, mut run: impl FnMut()) -> Times {
    let mut times: Vec<Duration> = (0..n_runs)
        .map(|_| {
            let _ = fs::remove_file(out);
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    Times { median: at(n_runs / 2), least: at(0) }
}

/// Segments as a camera writes them, then as many bytes of pictures as asked for.
fn jpeg_of(len: usize) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 16];
    file.extend(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    file.extend([0xFF, 0xDB, 0, 67, 0]);
    file.extend([16; 64]);
    file.extend([0xFF, 0xC0, 0, 11, 8, 8, 0, 8, 0, 1, 1, 0x11, 0]);
    file.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    // As varied as what is coded: every 256th byte or so is the first of a mark, and a zero behind it says that it is none.
    let mut state: u32 = 1;
    while file.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [byte, ..] = state.to_be_bytes();
        file.push(byte);
        if byte == 0xFF {
            file.push(0);
        }
    }
    file.extend([0xFF, 0xD9]);
    file
}

/// An index before its media, with offsets that have to follow.
fn mp4_of(len: usize) -> Vec<u8> {
    let boxed = |kind: &[u8], body: &[u8]| [&u32::try_from(body.len() + 8).unwrap().to_be_bytes(), kind, body].concat();
    let offsets: Vec<u8> = (0..20_000_u32).flat_map(|n| (400_000 + n * 10_000).to_be_bytes()).collect();
    let table = [&[0; 4], 20_000_u32.to_be_bytes().as_slice(), &offsets].concat();
    let index = boxed(b"mdia", &boxed(b"minf", &boxed(b"stbl", &boxed(b"stco", &table))));
    let header = boxed(b"mvhd", &[0; 100]);
    let moov = boxed(b"moov", &[header, boxed(b"trak", &index)].concat());
    [boxed(b"ftyp", b"isom\0\0\x02\0isom"), moov, boxed(b"mdat", &vec![7; len])].concat()
}

/// A header and samples.
fn wav_of(len: usize) -> Vec<u8> {
    let n = u32::try_from(len).unwrap();
    let head = [
        b"RIFF".as_slice(),
        &(n + 36).to_le_bytes(),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &[1, 0, 2, 0],
        &48_000_u32.to_le_bytes(),
        &192_000_u32.to_le_bytes(),
        &[4, 0, 16, 0],
        b"data",
        &n.to_le_bytes(),
    ];
    [head.concat(), vec![7; len]].concat()
}
