//! A file of bodies: those of one retention class among 256 entries in a row, compressed in frames of about 1 MiB.
//!
//! A file is written anew whenever a body is added to it. So a block has few enough entries that a file is bounded whatever its
//! bodies are, and only the last frame is compressed again.
//!
//! Frames are zlib streams, which the standard library of most languages reads. A body that was erased keeps its place with length 0.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::body::MAX_BODY_BYTES;
use super::reader::{Bytes, u32_of, u64_of, usize_of};

/// How many entries in a row share the files of their bodies.
pub(crate) const BLOCK: u64 = 256;
/// The most bytes of a file of bodies: a block of the largest bodies, each in a frame of its own and none of which compresses. What a
/// frame adds to a body is below 1/1,024 of it and 64 bytes.
pub(crate) const MAX_FILE_BYTES: u64 = BLOCK * (MAX_BODY_BYTES + MAX_BODY_BYTES / 1_024 + 64) + 64;
/// From how many bytes of bodies on a frame takes no further one.
const FRAME_BYTES: u64 = 1 << 20;
/// What a file begins with. Blocks of 4,096 entries had `SPLBODY1`.
const MAGIC: &[u8; 8] = b"SPLBODY2";
/// Fast, and close to the best on records that repeat each other.
const LEVEL: u32 = 3;

/// One stretch of bodies that are compressed together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Frame {
    /// The place of each body's entry in the block, and its length; 0 where it was erased.
    items: Vec<(u16, u32)>,
    packed: Vec<u8>,
}

impl Frame {
    /// Whether it takes a further body.
    fn is_open(&self) -> bool {
        self.items.iter().map(|(_, length)| u64::from(*length)).sum::<u64>() < FRAME_BYTES
    }

    fn pack(bodies: &[(u16, Vec<u8>)]) -> std::io::Result<Self> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
        let mut items = Vec::with_capacity(bodies.len());
        for (place, body) in bodies {
            encoder.write_all(body)?;
            items.push((*place, u32_of(body.len())));
        }
        Ok(Self { items, packed: encoder.finish()? })
    }

    /// All bodies; nothing where they cannot be read, or are more or less than the lengths say.
    fn unpack(&self) -> Option<Vec<(u16, Vec<u8>)>> {
        let n_bytes: u64 = self.items.iter().map(|(_, length)| u64::from(*length)).sum();
        let mut bytes = Vec::new();
        let mut decoder = ZlibDecoder::new(self.packed.as_slice()).take(n_bytes.saturating_add(1));
        decoder.read_to_end(&mut bytes).ok()?;
        let mut rest = Bytes(&bytes);
        let mut bodies = Vec::with_capacity(self.items.len());
        for (place, length) in &self.items {
            bodies.push((*place, rest.take(usize::try_from(*length).ok()?)?.to_vec()));
        }
        rest.0.is_empty().then_some(bodies)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend(u32_of(self.items.len()).to_le_bytes());
        for (place, length) in &self.items {
            out.extend(place.to_le_bytes());
            out.extend(length.to_le_bytes());
        }
        out.extend(u32_of(self.packed.len()).to_le_bytes());
        out.extend_from_slice(&self.packed);
        let check = crc32fast::hash(out.get(start..).unwrap_or_default());
        out.extend(check.to_le_bytes());
    }

    fn read(rest: &mut Bytes<'_>) -> Option<Self> {
        let whole = rest.0;
        let n_items = rest.len_u32().filter(|n| u64_of(*n) <= BLOCK)?;
        let mut items = Vec::with_capacity(n_items);
        for _ in 0..n_items {
            let place = rest.u16().filter(|place| u64::from(*place) < BLOCK)?;
            let length = rest.u32().filter(|length| u64::from(*length) <= MAX_BODY_BYTES)?;
            items.push((place, length));
        }
        let length = rest.len_u32()?;
        let packed = rest.take(length)?.to_vec();
        let n_bytes = whole.len().saturating_sub(rest.0.len());
        let check = crc32fast::hash(whole.get(..n_bytes)?);
        (rest.u32()? == check).then_some(Self { items, packed })
    }
}

/// What is known of a body by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// It is there.
    Body(Vec<u8>),
    /// It was erased.
    Erased,
    /// The file has no such place.
    Missing,
    /// Its frame cannot be read.
    Damaged,
}

/// A file of bodies in memory, its frames compressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BodyFile {
    frames: Vec<Frame>,
}

impl BodyFile {
    /// The file from its bytes; nothing where they are damaged.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = Bytes(bytes);
        if rest.take(MAGIC.len())? != MAGIC {
            return None;
        }
        let n_frames = rest.len_u32().filter(|n| u64_of(*n) <= BLOCK)?;
        let mut frames = Vec::new();
        for _ in 0..n_frames {
            frames.push(Frame::read(&mut rest)?);
        }
        rest.0.is_empty().then_some(Self { frames })
    }

    /// The bytes of the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(u32_of(self.frames.len()).to_le_bytes());
        for frame in &self.frames {
            frame.write(&mut bytes);
        }
        bytes
    }

    /// Adds bodies, by ascending place. Only the last frame is compressed anew.
    pub(crate) fn push(&mut self, bodies: Vec<(u16, Vec<u8>)>) -> std::io::Result<()> {
        let mut all = match self.frames.pop_if(|frame| frame.is_open()) {
            Some(frame) => match frame.unpack() {
                Some(bodies) => bodies,
                None => return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a frame cannot be read")),
            },
            None => Vec::new(),
        };
        all.extend(bodies);
        let mut rest = all.as_slice();
        while !rest.is_empty() {
            let (frame, later) = rest.split_at(n_in_frame(rest));
            self.frames.push(Frame::pack(frame)?);
            rest = later;
        }
        Ok(())
    }

    /// Drops the bodies from a place on: those of a state that was never signed.
    pub(crate) fn truncate(&mut self, end: u64) -> std::io::Result<()> {
        let is_below = |place: u16| u64::from(place) < end;
        let n_whole = self.frames.partition_point(|frame| frame.items.iter().all(|(place, _)| is_below(*place)));
        let Some(cut) = self.frames.get(n_whole).cloned() else { return Ok(()) };
        self.frames.truncate(n_whole);
        let kept: Option<Vec<_>> =
            cut.unpack().map(|all| all.into_iter().filter(|(place, _)| is_below(*place)).collect());
        match kept {
            Some(kept) if kept.is_empty() => Ok(()),
            Some(kept) => self.push(kept),
            None => Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a frame cannot be read")),
        }
    }

    /// What is stored at a place.
    pub(crate) fn get(&self, place: u64) -> Stored {
        let is_there = |item: &&(u16, u32)| u64::from(item.0) == place;
        for frame in &self.frames {
            match frame.items.iter().find(is_there) {
                None => {}
                Some((_, 0)) => return Stored::Erased,
                Some(_) => {
                    let Some(bodies) = frame.unpack() else { return Stored::Damaged };
                    let found = bodies.into_iter().find(|(other, _)| u64::from(*other) == place);
                    return found.map_or(Stored::Damaged, |(_, body)| Stored::Body(body));
                }
            }
        }
        Stored::Missing
    }

    /// Every place with what is stored there.
    pub(crate) fn all(&self) -> Vec<(u64, Stored)> {
        let mut all = Vec::new();
        for frame in &self.frames {
            let Some(bodies) = frame.unpack() else {
                all.extend(frame.items.iter().map(|(place, _)| (u64::from(*place), Stored::Damaged)));
                continue;
            };
            all.extend(bodies.into_iter().map(|(place, body)| {
                (u64::from(place), if body.is_empty() { Stored::Erased } else { Stored::Body(body) })
            }));
        }
        all
    }

    /// Erases the body at a place. Whether there was one.
    pub(crate) fn erase(&mut self, place: u64) -> std::io::Result<bool> {
        let is_there = |item: &(u16, u32)| u64::from(item.0) == place && item.1 > 0;
        let Some(frame) = self.frames.iter_mut().find(|frame| frame.items.iter().any(is_there)) else {
            return Ok(false);
        };
        let Some(mut bodies) = frame.unpack() else {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a frame cannot be read"));
        };
        for (_, body) in bodies.iter_mut().filter(|(other, _)| u64::from(*other) == place) {
            body.clear();
        }
        *frame = Frame::pack(&bodies)?;
        Ok(true)
    }
}

/// How many of some bodies go into one frame: at least one.
fn n_in_frame(bodies: &[(u16, Vec<u8>)]) -> usize {
    let mut n_bytes = 0_u64;
    let is_full = |(_, body): &(u16, Vec<u8>)| {
        n_bytes = n_bytes.saturating_add(u64_of(body.len()));
        n_bytes >= FRAME_BYTES
    };
    bodies.iter().position(is_full).map_or(bodies.len(), |last| last.saturating_add(1))
}

/// The file of a class in the block of an entry.
pub(crate) fn path(class: &str, index: u64) -> String {
    format!("body/{class}/{:08}.bin", index / BLOCK)
}

/// The place of an entry in its block.
pub(crate) fn place_of(index: u64) -> u64 {
    index % BLOCK
}

/// The same, as it is stored.
pub(crate) fn stored_place(index: u64) -> u16 {
    u16::try_from(usize_of(place_of(index))).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that do not compress.
    fn noise(seed: u64, n: usize) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        std::iter::repeat_with(next).flatten().take(n).collect()
    }

    fn body(place: u16) -> (u16, Vec<u8>) {
        (place, format!("body number {place}").into_bytes())
    }

    fn file(n: u16) -> BodyFile {
        let mut file = BodyFile::default();
        for start in (0..n).step_by(100) {
            file.push((start..n.min(start + 100)).map(body).collect()).unwrap();
        }
        file
    }

    #[test]
    fn bodies_come_back_whatever_pieces_they_were_added_in() {
        let file = BodyFile::from_bytes(&file(256).to_bytes()).unwrap();
        assert_eq!(file.frames.len(), 1);
        for place in [0, 99, 100, 255] {
            assert_eq!(file.get(u64::from(place)), Stored::Body(body(place).1));
        }
        assert_eq!((file.get(256), file.all().len()), (Stored::Missing, 256));
    }

    #[test]
    fn frame_takes_no_further_body_once_it_is_large() {
        let large = |place: u16| (place, vec![u8::try_from(place).unwrap() + 1; 400_000]);
        let mut file = BodyFile::default();
        file.push((0..4).map(large).collect()).unwrap();
        file.push(vec![large(4)]).unwrap();
        file.push(vec![large(5), large(6)]).unwrap();
        let n_items: Vec<usize> = file.frames.iter().map(|frame| frame.items.len()).collect();
        assert_eq!(n_items, [3, 3, 1]);
        let file = BodyFile::from_bytes(&file.to_bytes()).unwrap();
        assert!((0..7).all(|place| file.get(u64::from(place)) == Stored::Body(large(place).1)));
    }

    #[test]
    fn file_of_the_largest_bodies_stays_within_its_bound() {
        let largest = usize_of(MAX_BODY_BYTES);
        let mut file = BodyFile::default();
        file.push((0..3).map(|place| (place, noise(u64::from(place), largest))).collect()).unwrap();
        assert_eq!(file.frames.len(), 3);
        let n_bytes = u64_of(file.to_bytes().len());
        assert!(n_bytes > 3 * MAX_BODY_BYTES, "they do not compress");
        assert!(n_bytes * BLOCK / 3 <= MAX_FILE_BYTES, "{n_bytes}");
    }

    #[test]
    fn body_that_is_larger_than_any_is_not_unpacked() {
        let file = BodyFile { frames: vec![Frame::pack(&[(0, vec![7; usize_of(MAX_BODY_BYTES) + 1])]).unwrap()] };
        assert_eq!(BodyFile::from_bytes(&file.to_bytes()), None);
    }

    #[test]
    fn erased_body_is_gone_from_the_bytes_and_keeps_its_place() {
        let mut file = file(200);
        assert!(file.erase(5).unwrap());
        assert!(!file.erase(5).unwrap() && !file.erase(999).unwrap());
        let file = BodyFile::from_bytes(&file.to_bytes()).unwrap();
        assert_eq!((file.get(5), file.get(6)), (Stored::Erased, Stored::Body(body(6).1)));
        let unpacked: Vec<_> = file.frames.iter().flat_map(|frame| frame.unpack().unwrap()).collect();
        assert!(!unpacked.iter().any(|(_, bytes)| *bytes == body(5).1));
    }

    #[test]
    fn bodies_after_a_place_are_dropped() {
        let mut file = file(200);
        file.truncate(150).unwrap();
        assert_eq!((file.all().len(), file.get(149), file.get(150)), (150, Stored::Body(body(149).1), Stored::Missing));
        file.push(vec![body(150)]).unwrap();
        assert_eq!(file.get(150), Stored::Body(body(150).1));
    }

    #[test]
    fn each_byte_that_is_flipped_is_found() {
        let bytes = file(3).to_bytes();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            assert_eq!(BodyFile::from_bytes(&flipped), None, "{at}");
        }
        assert_eq!(BodyFile::from_bytes(&bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn frame_that_grows_past_its_lengths_is_refused() {
        let mut frame = Frame::pack(&[(0, vec![7; 1_000_000])]).unwrap();
        frame.items = vec![(0, 10)];
        assert_eq!(frame.unpack(), None);
    }
}
