//! The rules of the match view: what one character becomes, whatever stands beside it.

use std::collections::HashMap;

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript as _};

use crate::layout::class;

/// Rounds after which an image is taken to be final; real chains are three deep, and a test checks the fixed point.
const MAX_ROUNDS: u32 = 12;

/// Characters that Unicode calls default ignorable (UAX #44, `Default_Ignorable_Code_Point`), the interlinear
/// annotation marks, and the Arabic stretch.
const IGNORABLE: &[(u32, u32)] = &[
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x0640, 0x0640),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1_BCA0, 0x1_BCA3),
    (0x1_D173, 0x1_D17A),
    (0xE_0000, 0xE_0FFF),
];

/// Letters and digits in circles and squares that have no compatibility decomposition: first, last, what the first is.
const ENCLOSED: &[(u32, u32, char)] = &[
    (0x24F5, 0x24FD, '1'),
    (0x24FF, 0x24FF, '0'),
    (0x2776, 0x277E, '1'),
    (0x2780, 0x2788, '1'),
    (0x278A, 0x2792, '1'),
    (0x1_F10B, 0x1_F10B, '0'),
    (0x1_F10C, 0x1_F10C, '0'),
    (0x1_F150, 0x1_F169, 'a'),
    (0x1_F170, 0x1_F189, 'a'),
    (0x1_F1E6, 0x1_F1FF, 'a'),
];

/// Look-alikes that UTS #39 does not list, because only the capital looks alike or because a small capital differs.
const LOOKALIKES: &[(char, char)] = &[
    ('в', 'b'),
    ('н', 'h'),
    ('к', 'k'),
    ('м', 'm'),
    ('т', 't'),
    ('и', 'n'),
    ('я', 'r'),
    ('β', 'b'),
    ('ε', 'e'),
    ('η', 'n'),
    ('κ', 'k'),
    ('μ', 'u'),
    ('τ', 't'),
    ('χ', 'x'),
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴘ', 'p'),
    ('ꞯ', 'q'),
    ('ʀ', 'r'),
    ('ᴛ', 't'),
    ('ʏ', 'y'),
];

/// The rules with the Han variants they use.
pub(crate) struct Rules {
    han: HashMap<char, char>,
}

impl Rules {
    /// Reads the Han variants: a line is a representative followed by the characters it stands for.
    pub(crate) fn new(variants: &str) -> Result<Self, String> {
        let mut han = HashMap::new();
        for line in variants.lines().filter(|line| !line.starts_with('#')) {
            let mut chars = line.chars();
            let Some(representative) = chars.next() else { continue };
            for variant in chars {
                if han.insert(variant, representative).is_some() {
                    return Err(format!("`{variant}` has two representatives in data/han-variants.txt, keep one"));
                }
            }
        }
        Ok(Self { han })
    }

    /// The view characters of `c`.
    pub(crate) fn image(&self, c: char) -> Vec<char> {
        let mut out = Vec::new();
        self.expand(c, 0, &mut out);
        out
    }

    fn expand(&self, c: char, round: u32, out: &mut Vec<char>) {
        if is_ignorable(c) {
            return;
        }
        if c.is_ascii() && !c.is_ascii_uppercase() || round == MAX_ROUNDS {
            return out.push(c);
        }
        let folded: Vec<char> = std::iter::once(c).nfkd().default_case_fold().nfkd().collect();
        if folded != [c] {
            for part in folded {
                self.expand(part, round + 1, out);
            }
        } else if let Some(other) = self.representative(c) {
            self.expand(other, round + 1, out);
        } else {
            out.push(c);
        }
    }

    /// The character that stands for `c`, a character that folding leaves as it is.
    fn representative(&self, c: char) -> Option<char> {
        if let Some(&other) = self.han.get(&c) {
            return Some(other);
        }
        let code = u32::from(c);
        if let Some(&(first, _, base)) = ENCLOSED.iter().find(|&&(first, last, _)| (first..=last).contains(&code)) {
            return char::from_u32(u32::from(base) + code - first);
        }
        match c {
            // Dashes and the minus sign.
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2E3A}' | '\u{2E3B}' | '\u{301C}' => Some('-'),
            // Middle dots.
            '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{FF65}' => Some('\u{B7}'),
            // Blank cells that look like a space.
            '\u{2800}' | '\u{1680}' => Some(' '),
            _ => lookalike(c).or_else(|| newer_lower(c)),
        }
    }
}

/// The class of a view character, as the bits of a cell.
pub(crate) fn class(c: char) -> u32 {
    match c {
        '0'..='9' => class::DIGIT,
        'a'..='z' => class::ASCII,
        '。' | '!' | '?' | '\u{2029}' | '\u{B}' | '\u{C}' => class::STOP,
        '\n' | '\u{85}' | '\u{2028}' => class::NEWLINE,
        _ if c.is_whitespace() => class::SPACE,
        _ if c.is_ascii() => class::SEPARATOR,
        // Kana voicing marks and the long-vowel sign belong to the kana, whatever their script property says.
        '\u{3099}' | '\u{309A}' | 'ー' => class::CJK,
        _ if !c.is_alphanumeric() && !is_combining_mark(c) => class::SEPARATOR,
        _ if is_cjk(c.script()) => class::CJK,
        _ => class::LETTER,
    }
}

/// Emoji that the rules read as letters, digits or Chinese characters: flags, signs and squares.
const EMOJI: &[(u32, u32)] = &[
    (0x2122, 0x2122),
    (0x2139, 0x2139),
    (0x24C2, 0x24C2),
    (0x3297, 0x3297),
    (0x3299, 0x3299),
    (0x1_F170, 0x1_F171),
    (0x1_F17E, 0x1_F17F),
    (0x1_F18E, 0x1_F18E),
    (0x1_F191, 0x1_F19A),
    (0x1_F1E6, 0x1_F1FF),
    (0x1_F201, 0x1_F202),
    (0x1_F21A, 0x1_F21A),
    (0x1_F22F, 0x1_F22F),
    (0x1_F232, 0x1_F23A),
    (0x1_F250, 0x1_F251),
];

/// Whether a character is shown as a picture although it is read as letters or Chinese characters.
pub(crate) fn is_emoji(c: char) -> bool {
    let code = u32::from(c);
    EMOJI.iter().any(|&(first, last)| (first..=last).contains(&code))
}

fn is_cjk(script: Script) -> bool {
    matches!(script, Script::Han | Script::Hiragana | Script::Katakana | Script::Bopomofo | Script::Hangul)
}

/// Whether the view leaves the character out: it shows nothing, or it is a mark on a letter of a script whose letters
/// read the same without it. Marks of kana, of Arabic, Hebrew and of the Brahmic scripts carry sounds and stay.
fn is_ignorable(c: char) -> bool {
    let code = u32::from(c);
    if IGNORABLE.iter().any(|&(first, last)| (first..=last).contains(&code)) {
        return true;
    }
    if c.is_control() {
        // A carriage return belongs to the line feed after it.
        return !matches!(c, '\t' | '\n' | '\u{B}' | '\u{C}' | '\u{85}');
    }
    if !is_combining_mark(c) {
        return false;
    }
    let scripts = c.script_extension();
    scripts.is_inherited()
        || scripts.is_common()
        || [Script::Latin, Script::Greek, Script::Cyrillic, Script::Coptic, Script::Han, Script::Glagolitic]
            .into_iter()
            .any(|script| scripts.contains_script(script) && !scripts.contains_script(Script::Arabic))
}

/// The small letter of a capital that is newer than the folding data. Cherokee folds to its capitals.
fn newer_lower(c: char) -> Option<char> {
    let mut lower = c.to_lowercase();
    let is_newer = c.is_uppercase() && c.script() != Script::Cherokee && lower.len() == 1;
    is_newer.then(|| lower.next())?.filter(|&lower| lower != c)
}

/// The ASCII letter that a letter of a European script can be taken for, the same for both of its cases.
fn lookalike(c: char) -> Option<char> {
    let european = matches!(
        c.script(),
        Script::Latin
            | Script::Greek
            | Script::Cyrillic
            | Script::Armenian
            | Script::Cherokee
            | Script::Coptic
            | Script::Lisu
    );
    if c.is_ascii() || !c.is_alphabetic() || !european {
        return None;
    }
    if let Some(&(_, ascii)) = LOOKALIKES.iter().find(|&&(other, _)| other == c) {
        return Some(ascii);
    }
    let lower = prototype(c);
    // UTS #39 takes capital `I` for `l`; here both cases go to the letter the capital is.
    let upper = || prototype(c.to_uppercase().next()?).map(|ascii| if ascii == 'l' { 'i' } else { ascii });
    lower.or_else(upper)
}

/// The UTS #39 prototype of `c` without its strokes and hooks, where that is one ASCII letter.
fn prototype(c: char) -> Option<char> {
    let text = c.to_string();
    let mut letters = unicode_security::skeleton(&text).filter(|&part| !is_combining_mark(part));
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_alphabetic() => Some(letter.to_ascii_lowercase()),
        _ => None,
    }
}
