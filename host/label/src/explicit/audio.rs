//! The rhythm of a sound: short long, short short.

use std::f64::consts::TAU;
use std::io::{Read, Seek};

use super::{FfmpegInput, Streams, UnknownCodec};
use crate::container::{Container, WavLayout, riff_chunk, wav_layout};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::limits::MAX_METADATA;
use crate::source::{Source, wide};

/// Where the rhythm stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cue {
    /// Before the sound.
    Start,
    /// Behind it.
    End,
    /// On both sides.
    Both,
}

/// How the samples of a WAV file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WavFormat {
    /// Samples a second, for each channel.
    pub rate: u32,
    /// How many channels.
    pub channels: u16,
    /// Bits of one sample: 8, 16, 24 or 32; 32 or 64 for floating point.
    pub bits: u16,
    /// Whether samples are floating-point numbers.
    pub is_float: bool,
}

/// One unit of the rhythm: how long the short tone is. The long one has three, as in Morse code, whose `AI` this is.
pub(super) const UNIT_MILLISECONDS: u32 = 120;
/// Tones and silences in units: a tone where the first is true.
pub(super) const RHYTHM: [(bool, u32); 8] =
    [(true, 1), (false, 1), (true, 3), (false, 3), (true, 1), (false, 1), (true, 1), (false, 3)];
pub(super) const TONE_HERTZ: f64 = 880.0;
pub(super) const LOUDNESS: f64 = 0.4;
/// How long a tone swells and fades, so that it does not click.
const RAMP_SECONDS: f64 = 0.005;
/// No recorder writes more.
const MAX_RATE: u32 = 768_000;
const MAX_CHANNELS: u16 = 32;

impl WavFormat {
    fn is_supported(self) -> bool {
        let bits = if self.is_float { matches!(self.bits, 32 | 64) } else { matches!(self.bits, 8 | 16 | 24 | 32) };
        bits && (1..=MAX_RATE).contains(&self.rate) && (1..=MAX_CHANNELS).contains(&self.channels)
    }

    #[expect(clippy::as_conversions, reason = "a float within the range of the integer is cut to it; `as` saturates")]
    fn sample(self, value: f64) -> Vec<u8> {
        match (self.is_float, self.bits) {
            (true, 64) => value.to_le_bytes().to_vec(),
            (true, _) => (value as f32).to_le_bytes().to_vec(),
            (false, 8) => vec![(value.mul_add(127.0, 128.0)) as u8],
            (false, 16) => ((value * 32_767.0) as i16).to_le_bytes().to_vec(),
            (false, 24) => ((value * 8_388_607.0) as i32).to_le_bytes().get(..3).unwrap_or_default().to_vec(),
            (false, _) => ((value * 2_147_483_647.0) as i32).to_le_bytes().to_vec(),
        }
    }

    /// The bytes of one sample of every channel.
    fn frame_len(self) -> u64 {
        u64::from(self.bits / 8).saturating_mul(u64::from(self.channels))
    }

    /// The rhythm as samples of this format.
    fn rhythm(self) -> Vec<u8> {
        let rate = f64::from(self.rate);
        let mut out = Vec::new();
        for (is_tone, units) in RHYTHM {
            let n = u64::from(self.rate).saturating_mul(u64::from(UNIT_MILLISECONDS.saturating_mul(units))) / 1000;
            let n = u32::try_from(n).unwrap_or(u32::MAX);
            let seconds = f64::from(n) / rate;
            for at in 0..n {
                let time = f64::from(at) / rate;
                let ramp = (time.min(seconds - time) / RAMP_SECONDS).min(1.0);
                let value = if is_tone { LOUDNESS * ramp * (TAU * TONE_HERTZ * time).sin() } else { 0.0 };
                let sample = self.sample(value);
                (0..self.channels).for_each(|_| out.extend(&sample));
            }
        }
        out
    }
}

/// How long the rhythm is, in milliseconds, with the silence behind it.
pub fn rhythm_milliseconds() -> u32 {
    RHYTHM.iter().map(|(_, units)| units.saturating_mul(UNIT_MILLISECONDS)).fold(0, u32::saturating_add)
}

/// The rhythm alone, as a WAV file: for programs that put it before sounds of other formats.
pub fn rhythm_wav() -> Vec<u8> {
    let format = WavFormat { rate: 48_000, channels: 1, bits: 16, is_float: false };
    let bytes_a_second = u64::from(format.rate).saturating_mul(format.frame_len());
    let head = [
        1_u16.to_le_bytes().as_slice(),
        &format.channels.to_le_bytes(),
        &format.rate.to_le_bytes(),
        &u32::try_from(bytes_a_second).unwrap_or(u32::MAX).to_le_bytes(),
        &u16::try_from(format.frame_len()).unwrap_or(u16::MAX).to_le_bytes(),
        &format.bits.to_le_bytes(),
    ]
    .concat();
    let body = [b"WAVE".to_vec(), riff_chunk(*b"fmt ", &head), riff_chunk(*b"data", &format.rhythm())].concat();
    riff_chunk(*b"RIFF", &body)
}

impl Cue {
    /// The arguments with which ffmpeg puts the rhythm, a file as [`rhythm_wav`] gives it, around a sound. The sound is encoded anew
    /// as it was: with the same codec, rate and channels, without loss where it was without. Its metadata are kept.
    ///
    /// # Errors
    ///
    /// If nothing is known that encodes it so again.
    pub fn ffmpeg_arguments(
        self,
        streams: &Streams,
        input: &FfmpegInput<'_>,
        rhythm: &str,
        output: &str,
    ) -> Result<Vec<String>, UnknownCodec> {
        // The rhythm is brought into the form of the sound, or they cannot stand one after another.
        let form = streams.sound_filter();
        let (n_streams, list) = match self {
            Self::Start => (2, "[r][s]"),
            Self::End => (2, "[s][r]"),
            Self::Both => (3, "[r][s][q]"),
        };
        let rhythm_as =
            if self == Self::Both { format!("[1:a]{form},asplit[r][q]") } else { format!("[1:a]{form}[r]") };
        let filter = format!("[0:a]{form}[s];{rhythm_as};{list}concat=n={n_streams}:v=0:a=1[a]");
        let inputs = input.arguments().into_iter().chain(FfmpegInput { format: "wav", path: rhythm }.arguments());
        // Some formats have the metadata of the whole in those of the stream.
        let kept = ["-map_metadata", "0", "-map_metadata:s:a", "0:s:a", "-movflags", "use_metadata_tags"];
        let rest = ["-filter_complex", &filter, "-map", "[a]"].into_iter().chain(kept);
        let encoder = streams.sound_encoder()?;
        let end = ["-id3v2_version", "4", output].map(str::to_owned);
        let start = ["-v", "error", "-n", "-nostdin"].map(str::to_owned);
        Ok(start.into_iter().chain(inputs).chain(rest.map(str::to_owned)).chain(encoder).chain(end).collect())
    }
}

/// Whether the rhythm stands in a WAV file already, where it would be put.
///
/// # Errors
///
/// If the file is damaged or cannot be read.
pub fn has_rhythm<R: Read + Seek>(source: &mut R, cue: Cue) -> Result<bool, LabelError> {
    let mut source = Source::new(source, Container::Wav)?;
    let WavLayout { format, data_at, data_len, .. } = wav_layout(&mut source)?;
    let Some(format) = format.filter(|format| format.is_supported()) else { return Ok(false) };
    let rhythm = format.rhythm();
    let len = wide(rhythm.len());
    let end = data_at.saturating_add(data_len).saturating_sub(len);
    let places = match cue {
        Cue::Start => vec![data_at],
        Cue::End => vec![end],
        Cue::Both => vec![data_at, end],
    };
    for at in places {
        if len > data_len || source.bytes(at, len, MAX_METADATA, "the sound")? != rhythm {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts the rhythm into a WAV file: the changes, to be carried out on it. Nothing of the sound itself changes.
///
/// # Errors
///
/// If the file is damaged, or its samples are packed in a way that cannot be added to.
pub fn before_sound<R: Read + Seek>(source: &mut R, cue: Cue) -> Result<Edits, LabelError> {
    let mut source = Source::new(source, Container::Wav)?;
    let WavLayout { format, data_at, data_len, end, marks_at, count_at, wide_len_at } = wav_layout(&mut source)?;
    let unsupported =
        |what: &str, fix| LabelError::Unsupported { container: Container::Wav, what: what.to_owned(), fix };
    let format = format
        .filter(|format| format.is_supported())
        .ok_or_else(|| unsupported("its samples are packed", "convert it to PCM first, for example with ffmpeg"))?;
    if marks_at.is_some() && cue != Cue::End {
        return Err(unsupported("it has marks at times that would no longer be right", "put the rhythm at the end"));
    }
    let rhythm = format.rhythm();
    let times: u64 = if cue == Cue::Both { 2 } else { 1 };
    let grown = wide(rhythm.len()).saturating_mul(times);
    let len = data_len.saturating_add(grown);
    let mut edits = Edits::default();
    match (wide_len_at, u32::try_from(len)) {
        (Some(at), _) => edits.replace(at, at.saturating_add(8), len.to_le_bytes().to_vec()),
        (None, Ok(len)) => edits.replace(data_at.saturating_sub(4), data_at, len.to_le_bytes().to_vec()),
        (None, Err(_)) => {
            return Err(unsupported("it would grow past 4 GiB", "convert it to RF64, or label it in its interface"));
        }
    }
    if let Some((at, width)) = count_at {
        let old = source.bytes(at, wide(width), 8, "the number of samples")?;
        let old = old.iter().rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let new = old.saturating_add(grown.checked_div(format.frame_len()).unwrap_or_default()).to_le_bytes();
        // A recorder that was cut off has not said how many there are.
        if old > 0 {
            edits.replace(at, at.saturating_add(wide(width)), new.get(..width).unwrap_or_default().to_vec());
        }
    }
    let data_end = data_at.saturating_add(data_len);
    if cue != Cue::End {
        edits.insert(data_at, rhythm.clone());
    }
    if cue != Cue::Start {
        edits.insert(data_end, rhythm);
    }
    // The filling behind the sound: there where the new length is odd.
    let (was_odd, is_odd) = (!data_len.is_multiple_of(2), !len.is_multiple_of(2));
    if is_odd && !was_odd {
        edits.insert(data_end, vec![0]);
    } else if was_odd && !is_odd && data_end < end {
        edits.remove(data_end, data_end.saturating_add(1));
    }
    crate::container::riff_resize(&mut source, end, &mut edits)?;
    Ok(edits)
}
