//! The rhythm around an MP3, frame by frame: what is there is not encoded again.

use std::io::{Read, Seek};

use super::Cue;
use crate::container::{Container, mp3_sound};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::limits::{MAX_METADATA, MAX_PIECES};
use crate::source::{Source, be32, wide};

/// The rhythm in frames that need no others, by samples a second and channels.
const RHYTHMS: [(u32, bool, &[u8]); 18] = [
    (8000, true, include_bytes!("../../rhythm/8000-1.mp3")),
    (8000, false, include_bytes!("../../rhythm/8000-2.mp3")),
    (11_025, true, include_bytes!("../../rhythm/11025-1.mp3")),
    (11_025, false, include_bytes!("../../rhythm/11025-2.mp3")),
    (12_000, true, include_bytes!("../../rhythm/12000-1.mp3")),
    (12_000, false, include_bytes!("../../rhythm/12000-2.mp3")),
    (16_000, true, include_bytes!("../../rhythm/16000-1.mp3")),
    (16_000, false, include_bytes!("../../rhythm/16000-2.mp3")),
    (22_050, true, include_bytes!("../../rhythm/22050-1.mp3")),
    (22_050, false, include_bytes!("../../rhythm/22050-2.mp3")),
    (24_000, true, include_bytes!("../../rhythm/24000-1.mp3")),
    (24_000, false, include_bytes!("../../rhythm/24000-2.mp3")),
    (32_000, true, include_bytes!("../../rhythm/32000-1.mp3")),
    (32_000, false, include_bytes!("../../rhythm/32000-2.mp3")),
    (44_100, true, include_bytes!("../../rhythm/44100-1.mp3")),
    (44_100, false, include_bytes!("../../rhythm/44100-2.mp3")),
    (48_000, true, include_bytes!("../../rhythm/48000-1.mp3")),
    (48_000, false, include_bytes!("../../rhythm/48000-2.mp3")),
];
/// Kilobits a second of layer III, by their number: of MPEG 1, and of MPEG 2.
const RATES: [[u32; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];
const SAMPLES: [u32; 4] = [44_100, 48_000, 32_000, 0];

/// The head of a frame.
#[derive(Clone, Copy)]
struct Frame {
    samples: u32,
    is_mono: bool,
    len: u64,
    /// Where in it numbers about the whole stand, if it has any.
    numbers_at: u64,
}

impl Frame {
    fn of(head: [u8; 4]) -> Option<Self> {
        let [mark, kind, rates, mode] = head;
        if mark != 0xFF || kind & 0xE6 != 0xE2 {
            return None;
        }
        // MPEG 1 has twice the samples of MPEG 2, and that twice those of MPEG 2.5.
        let (is_first, shift) = match (kind >> 3) & 3 {
            3 => (true, 0),
            2 => (false, 1),
            0 => (false, 2),
            _ => return None,
        };
        let samples = SAMPLES.get(usize::from((rates >> 2) & 3))?.checked_shr(shift)?;
        let bits = RATES.get(usize::from(!is_first))?.get(usize::from(rates >> 4))?.saturating_mul(1000);
        let eighth = if is_first { 144 } else { 72 };
        let len = bits.checked_mul(eighth)?.checked_div(samples)?.checked_add(u32::from((rates >> 1) & 1))?;
        let is_mono = mode >> 6 == 3;
        let numbers_at = match (is_first, is_mono) {
            (true, false) => 36,
            (true, true) | (false, false) => 21,
            (false, true) => 13,
        };
        (bits > 0).then_some(Self { samples, is_mono, len: u64::from(len), numbers_at })
    }
}

/// Where the sound begins and ends, and the frame before it that has numbers about the whole.
struct Layout {
    frame: Frame,
    first: u64,
    end: u64,
    info_at: Option<u64>,
}

fn layout(source: &mut Source<'_>) -> Result<Layout, LabelError> {
    let (from, to) = (mp3_sound(source)?, source.len());
    let unsupported = |what: &str| LabelError::Unsupported {
        container: Container::Mp3,
        what: what.to_owned(),
        fix: "encode it as MP3 again",
    };
    let frame = Frame::of(source.array(from, "the first frame")?)
        .ok_or_else(|| unsupported("it is of another layer than the third"))?;
    let kind = source.bytes(from.saturating_add(frame.numbers_at), 4, 16, "the first frame")?;
    let info_at = [b"Xing", b"Info"].iter().any(|known| kind == **known).then_some(from);
    let first = if info_at.is_some() { from.saturating_add(frame.len) } else { from };
    let mut end = first;
    for _ in 0..MAX_PIECES {
        let head = if end.saturating_add(4) <= to { Frame::of(source.array(end, "a frame")?) } else { None };
        let Some(next) = head.filter(|next| end.saturating_add(next.len) <= to) else {
            return Ok(Layout { frame, first, end, info_at });
        };
        end = end.saturating_add(next.len.max(1));
    }
    Err(LabelError::endless(Container::Mp3))
}

/// Puts the rhythm around an MP3: the changes, to be carried out on it. Nothing where it stands there already and was not asked for
/// `again`.
///
/// # Errors
///
/// If the file is damaged, or no layer III, or cannot be read.
pub fn around_mp3<R: Read + Seek>(source: &mut R, cue: Cue, again: bool) -> Result<Option<Edits>, LabelError> {
    let mut source = Source::new(source, Container::Mp3)?;
    let Layout { frame, first, end, info_at } = layout(&mut source)?;
    let known = RHYTHMS.iter().find(|(samples, is_mono, _)| (*samples, *is_mono) == (frame.samples, frame.is_mono));
    let (.., rhythm) = known.ok_or_else(|| source.broken(first, "its rate is none of MP3", "encode it again"))?;
    let len = wide(rhythm.len());
    let places: &[u64] = match cue {
        Cue::Start => &[first],
        Cue::End => &[end],
        Cue::Both => &[first, end],
    };
    let mut edits = Edits::default();
    for at in places {
        let own_at = if *at == end { end.saturating_sub(len) } else { first };
        let is_there =
            own_at.saturating_add(len) <= end && source.bytes(own_at, len, MAX_METADATA, "the sound")? == *rhythm;
        if !is_there || again {
            edits.insert(*at, rhythm.to_vec());
        }
    }
    if edits.n_new() == 0 {
        return Ok(None);
    }
    if let Some(at) = info_at {
        count(&mut source, at.saturating_add(frame.numbers_at), rhythm, &mut edits)?;
    }
    Ok(Some(edits))
}

/// Says of the whole that it has more frames and more bytes.
fn count(source: &mut Source<'_>, at: u64, rhythm: &[u8], edits: &mut Edits) -> Result<(), LabelError> {
    let head = source.bytes(at, 16, 16, "the numbers about the whole")?;
    let flags = be32(&head, 4).unwrap_or_default();
    let mut n_frames = 0_u32;
    let mut within = 0_usize;
    while let Some(next) = crate::source::array_at(rhythm, within).and_then(Frame::of) {
        n_frames = n_frames.saturating_add(1);
        within = within.saturating_add(usize::try_from(next.len).unwrap_or(usize::MAX).max(1));
    }
    let n_bytes = edits.n_new();
    let times = n_bytes.checked_div(wide(rhythm.len())).unwrap_or_default();
    let n_frames = n_frames.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX));
    let mut place = 8_usize;
    for (flag, more) in [(1, n_frames), (2, u32::try_from(n_bytes).unwrap_or(u32::MAX))] {
        if flags & flag == 0 {
            continue;
        }
        let new = be32(&head, place).unwrap_or_default().saturating_add(more);
        let from = at.saturating_add(wide(place));
        edits.replace(from, from.saturating_add(4), new.to_be_bytes().to_vec());
        place = place.saturating_add(4);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rhythm_is_whole_frames_of_its_kind() {
        for (samples, is_mono, bytes) in RHYTHMS {
            let (mut at, mut n_samples) = (0, 0);
            while let Some(head) = bytes.get(at..at + 4) {
                let frame = Frame::of(head.try_into().unwrap()).unwrap();
                assert_eq!((frame.samples, frame.is_mono), (samples, is_mono), "{samples} at {at}");
                at += usize::try_from(frame.len).unwrap();
                n_samples += if samples >= 32_000 { 1152 } else { 576 };
            }
            assert_eq!(at, bytes.len(), "{samples}");
            let milliseconds = u64::from(n_samples as u32) * 1000 / u64::from(samples);
            let expected = u64::from(crate::explicit::rhythm_milliseconds());
            assert!((expected..expected + 300).contains(&milliseconds), "{samples}: {milliseconds}");
        }
    }
}
