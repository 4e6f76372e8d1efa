//! The third lane: Chinese terms by their sound, with letters for characters (`se情`), characters of the same sound, characters
//! that are written apart (`贝者博`) and characters written twice (`黄黄色色`).
//!
//! The lane reads the letters of pinyin, those of Latin text as they stand. What sounds like a term is a match only where it is
//! a disguise: some of it is Latin, written apart or doubled, or a character of the same sound stands where no ordinary word
//! has it. It is off unless an index is built with it.

mod lane;
mod splits;

use std::collections::HashMap;
use std::fmt;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};
use pinyin::ToPinyin;

use crate::words::Walk;

pub(crate) use lane::{SoundLane, SoundMatch, SoundRest};

/// The most characters of a term that is looked for by its sound, and the fewest letters of one.
const MAX_CHARS: usize = 8;
const MIN_LETTERS: usize = 4;

/// How a character sounds, in Latin letters; none for one that is not read so.
fn sound(ch: char) -> Option<&'static str> {
    ch.to_pinyin().map(pinyin::Pinyin::plain)
}

/// A character of a spelling.
#[derive(Debug, Clone, Copy)]
struct Own {
    ch: char,
    sound: &'static str,
    /// Whether it is a part of a character of the term.
    is_part: bool,
}

/// A way to write a term.
#[derive(Debug)]
struct Spelling {
    term: u32,
    own: Box<[Own]>,
}

/// What is collected for the lane.
#[derive(Debug, Default)]
pub(crate) struct SoundsBuilder {
    spellings: Vec<Spelling>,
    by_letters: HashMap<String, Vec<u32>>,
}

/// The terms by their sound.
pub(crate) struct Sounds {
    machine: CharwiseDoubleArrayAhoCorasick<u32>,
    /// For each pattern, its letters and its spellings.
    patterns: Vec<(usize, Vec<u32>)>,
    spellings: Vec<Spelling>,
}

impl fmt::Debug for Sounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sounds").field("n_patterns", &self.patterns.len()).finish_non_exhaustive()
    }
}

impl SoundsBuilder {
    /// Adds a term by its Chinese characters, as the view has them.
    pub(crate) fn add(&mut self, term: u32, text: &str) {
        let chars: Vec<char> = text.chars().collect();
        if !(2..=MAX_CHARS).contains(&chars.len()) {
            return;
        }
        let splits: Vec<Option<&str>> = chars.iter().map(|&c| splits::parts(c)).collect();
        self.spell(term, &chars, |_| None);
        for (place, parts) in splits.iter().enumerate().filter(|(_, parts)| parts.is_some()) {
            self.spell(term, &chars, |other| if other == place { *parts } else { None });
        }
        if splits.iter().flatten().count() > 1 {
            self.spell(term, &chars, |place| splits.get(place).copied().flatten());
        }
    }

    fn spell<'p>(&mut self, term: u32, chars: &[char], parts: impl Fn(usize) -> Option<&'p str>) {
        let mut own = Vec::new();
        for (place, &ch) in chars.iter().enumerate() {
            match parts(place) {
                None => own.extend(sound(ch).map(|sound| Own { ch, sound, is_part: false })),
                Some(parts) => {
                    own.extend(parts.chars().filter_map(|ch| Some(Own { ch, sound: sound(ch)?, is_part: true })))
                }
            }
        }
        let letters: String = own.iter().map(|own| own.sound).collect();
        let (Ok(number), true) = (u32::try_from(self.spellings.len()), letters.len() >= MIN_LETTERS) else { return };
        if own.len() >= chars.len() {
            self.spellings.push(Spelling { term, own: own.into() });
            self.by_letters.entry(letters).or_default().push(number);
        }
    }

    /// The lane; none where it has no term or its automaton is too large.
    pub(crate) fn build(self) -> Option<Sounds> {
        let mut sorted: Vec<_> = self.by_letters.into_iter().collect();
        sorted.sort_unstable();
        let patterns = sorted.iter().zip(0_u32..).map(|((letters, _), number)| (letters.as_str(), number));
        let builder = CharwiseDoubleArrayAhoCorasickBuilder::new().use_prefilter(false);
        let mut machine = builder.build_with_values(patterns).ok()?;
        machine.cache_depths().ok()?;
        let patterns = sorted.into_iter().map(|(letters, own)| (letters.len(), own)).collect();
        Some(Sounds { machine, patterns, spellings: self.spellings })
    }
}

impl Sounds {
    pub(crate) fn heap_bytes(&self) -> usize {
        self.machine.heap_bytes()
    }

    /// How many letters a pattern has, and its spellings.
    fn pattern(&self, number: u32) -> Option<(usize, &[u32])> {
        let (n_letters, spellings) = self.patterns.get(usize::try_from(number).ok()?)?;
        Some((*n_letters, spellings))
    }

    fn spelling(&self, number: u32) -> Option<&Spelling> {
        self.spellings.get(usize::try_from(number).ok()?)
    }
}

/// What was written for a term, as far as it differs.
#[derive(Debug, Clone, Copy, Default)]
struct Disguise {
    n_latin: usize,
    n_parts: usize,
    n_sounds: usize,
    n_doubled: usize,
}

impl Disguise {
    /// How many characters something else stands for.
    fn n_replaced(&self) -> usize {
        self.n_latin.saturating_add(self.n_parts).saturating_add(self.n_sounds)
    }

    /// Whether every character is doubled, and nothing else was done.
    fn is_all_doubled(&self, spelling: &Spelling) -> bool {
        self.n_replaced() == 0 && self.n_doubled == spelling.own.len()
    }
}

/// A stretch of what the lane has read: a Chinese character or a Latin letter.
#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    /// The character; none for a Latin letter.
    ch: Option<char>,
    letters: &'t [char],
    is_doubled: bool,
}

impl Spelling {
    /// How these tokens, which sound like it, are written; none where their edges are not those of its characters.
    fn disguise(&self, tokens: &[Token]) -> Option<Disguise> {
        let mut found = Disguise::default();
        let mut rest = tokens;
        for own in &self.own {
            let (first, after) = rest.split_first()?;
            found.n_doubled = found.n_doubled.saturating_add(usize::from(first.is_doubled));
            match first.ch {
                Some(ch) if ch == own.ch => {
                    found.n_parts = found.n_parts.saturating_add(usize::from(own.is_part));
                    rest = after;
                }
                Some(_) if first.letters.iter().copied().eq(own.sound.chars()) && !own.is_part => {
                    found.n_sounds = found.n_sounds.saturating_add(1);
                    rest = after;
                }
                Some(_) => return None,
                None => {
                    let latin = rest.get(..own.sound.len())?;
                    let is_sound = latin
                        .iter()
                        .zip(own.sound.chars())
                        .all(|(token, c)| token.ch.is_none() && token.letters == [c]);
                    if !is_sound || own.is_part {
                        return None;
                    }
                    found.n_latin = found.n_latin.saturating_add(1);
                    rest = rest.get(own.sound.len()..)?;
                }
            }
        }
        rest.is_empty().then_some(found)
    }

    /// Whether what is written so hides the term: something was done to it, most of it is still there, and no ordinary word
    /// says the same.
    fn is_hidden(&self, found: Disguise, tokens: &[Token]) -> bool {
        let n = self.own.len();
        let is_changed = found.n_replaced() > 0 || found.is_all_doubled(self);
        let keeps_enough = found.n_sounds.saturating_mul(2) <= n && (found.n_latin < n || n >= 3);
        is_changed && keeps_enough && (found.n_sounds == 0 || !has_word(tokens))
    }
}

/// Whether some ordinary word of two and more characters stands in these tokens.
fn has_word(tokens: &[Token]) -> bool {
    let chars: Vec<Option<char>> = tokens.iter().map(|token| token.ch).collect();
    (0..chars.len()).any(|first| {
        let mut walk = Walk::new();
        let rest = chars.iter().skip(first).map_while(|ch| *ch);
        let mut steps = rest.map(|ch| {
            let goes_on = walk.as_mut().is_some_and(|walk| walk.step(ch));
            (goes_on, walk.as_ref().and_then(Walk::rarity).is_some())
        });
        let mut n = 0_usize;
        steps.by_ref().take_while(|(goes_on, _)| *goes_on).any(|(_, is_word)| {
            n = n.saturating_add(1);
            is_word && n >= 2
        })
    })
}
