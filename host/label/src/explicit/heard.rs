//! The rhythm in a sound that was encoded with losses: found by how loud its tone is, unit by unit.

use std::f64::consts::TAU;

use super::audio::{LOUDNESS, RHYTHM, TONE_HERTZ, UNIT_MILLISECONDS};
use super::{Cue, FfmpegInput, rhythm_milliseconds};

/// The samples a second in which a sound is looked through; its tone is far below half of them.
const RATE: u32 = 8000;
/// How much longer than the rhythm the stretch is in which it is looked for: encoders put silence around a sound.
const MORE_MILLISECONDS: u32 = 600;
/// How far the places lie apart at which it is looked for.
const STEP_MILLISECONDS: u32 = 10;
/// The least loudness of the tone, as a share of what is put there: channels may have been mixed.
const LEAST_TONE: f64 = 0.25;
/// The least share of the tone in all that is heard with it.
const LEAST_SHARE: f64 = 0.8;
/// The greatest loudness of a silence.
const MOST_SILENCE: f64 = 0.03;

impl Cue {
    /// The arguments with which ffmpeg writes the stretch of a sound in which [`hears_rhythm`] looks to its standard output: one for the
    /// start, one for the end, both for both.
    pub fn heard_arguments(self, input: &FfmpegInput<'_>) -> Vec<Vec<String>> {
        let seconds = f64::from(rhythm_milliseconds().saturating_add(MORE_MILLISECONDS)) / 1000.0;
        let call = |is_end: bool| {
            let (before, length) = if is_end { ("-sseof", -seconds) } else { ("-t", seconds) };
            let start = ["-v", "error", "-nostdin", before, &length.to_string()].map(str::to_owned);
            let form =
                ["-map", "0:a:0", "-ac", "1", "-ar", &RATE.to_string(), "-f", "s16le", "pipe:1"].map(str::to_owned);
            start.into_iter().chain(input.arguments()).chain(form).collect()
        };
        let ends = match self {
            Self::Start => vec![false],
            Self::End => vec![true],
            Self::Both => vec![false, true],
        };
        ends.into_iter().map(call).collect()
    }
}

/// Whether the rhythm is heard in a stretch of sound, as the arguments of [`Cue::heard_arguments`] give it.
pub fn hears_rhythm(stretch: &[u8]) -> bool {
    let samples: Vec<f64> = stretch
        .chunks_exact(2)
        .filter_map(|pair| Some(f64::from(i16::from_le_bytes(pair.try_into().ok()?)) / 32_768.0))
        .collect();
    let step = length(STEP_MILLISECONDS).max(1);
    (0..samples.len()).step_by(step).any(|from| samples.get(from..).is_some_and(begins_with_rhythm))
}

fn length(milliseconds: u32) -> usize {
    usize::try_from(RATE.saturating_mul(milliseconds) / 1000).unwrap_or_default()
}

/// Whether the rhythm begins here. Of each stretch the middle is heard: where it begins and ends, encoders blur it.
fn begins_with_rhythm(samples: &[f64]) -> bool {
    let mut from = 0_usize;
    RHYTHM.iter().all(|(is_tone, units)| {
        let len = length(UNIT_MILLISECONDS.saturating_mul(*units));
        let quarter = length(UNIT_MILLISECONDS) / 4;
        let middle = samples.get(from.saturating_add(quarter)..from.saturating_add(len).saturating_sub(quarter));
        from = from.saturating_add(len);
        middle.is_some_and(|middle| if *is_tone { is_tone_of(middle) } else { loudness(middle) < MOST_SILENCE })
    })
}

/// The loudness of samples, as that of a tone would be stated.
fn loudness(samples: &[f64]) -> f64 {
    let (energy, n) = samples.iter().fold((0.0, 0.0), |(energy, n), sample| (sample.mul_add(*sample, energy), n + 1.0));
    (2.0 * energy / f64::max(n, 1.0)).sqrt()
}

/// Whether the tone of the rhythm is what is heard.
fn is_tone_of(samples: &[f64]) -> bool {
    let angle = TAU * TONE_HERTZ / f64::from(RATE);
    let (mut sine, mut cosine, mut n) = (0.0, 0.0, 0.0);
    for sample in samples {
        sine = f64::mul_add(*sample, (angle * n).sin(), sine);
        cosine = f64::mul_add(*sample, (angle * n).cos(), cosine);
        n += 1.0;
    }
    let tone = 2.0 * f64::hypot(sine, cosine) / f64::max(n, 1.0);
    tone >= LOUDNESS * LEAST_TONE && tone >= loudness(samples) * LEAST_SHARE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explicit::rhythm_wav;

    /// The rhythm in the samples that are listened to, after some silence and as loud as asked for.
    fn rhythm(silence: usize, loudness: f64) -> Vec<i16> {
        let file = rhythm_wav();
        let all = file[44..].chunks_exact(12).map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])) * loudness);
        std::iter::repeat_n(0, silence).chain(all.map(|sample| sample as i16)).collect()
    }

    fn is_heard(samples: &[i16]) -> bool {
        hears_rhythm(&samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>())
    }

    #[test]
    fn rhythm_is_heard_later_quieter_and_with_some_noise() {
        for (silence, loudness) in [(0, 1.0), (333, 1.0), (2400, 0.5)] {
            let mut samples = rhythm(silence, loudness);
            assert!(is_heard(&samples), "{silence}, {loudness}");
            samples.iter_mut().enumerate().for_each(|(n, sample)| *sample += (n * 7919 % 400) as i16 - 200);
            assert!(is_heard(&samples), "{silence}, {loudness}, with noise");
        }
    }

    #[test]
    fn other_sounds_are_not_taken_for_it() {
        let tone: Vec<i16> = (0..16_000).map(|n| (f64::sin(f64::from(n) * 0.69) * 12_000.0) as i16).collect();
        let mut late = rhythm(0, 1.0);
        late.drain(..1000);
        let mut filled = rhythm(0, 1.0);
        filled.iter_mut().zip(&tone).for_each(|(sample, tone)| *sample = sample.saturating_add(*tone));
        for samples in [tone, vec![0; 16_000], late, filled, Vec::new()] {
            assert!(!is_heard(&samples));
        }
    }
}
