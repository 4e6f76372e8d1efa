//! HTML: character references and tags, as a reader of the page sees them.

use super::Piece;

/// The most characters of a reference and of a tag; what goes on longer stands for itself.
const MAX_REFERENCE: usize = 32;
const MAX_TAG: usize = 2_048;

/// Named references that hide or part letters, or stand for the signs of HTML itself.
const NAMES: [(&str, char); 27] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{A0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200C}'),
    ("zwj", '\u{200D}'),
    ("lrm", '\u{200E}'),
    ("rlm", '\u{200F}'),
    ("shy", '\u{AD}'),
    ("middot", '·'),
    ("bull", '•'),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("commat", '@'),
    ("period", '.'),
    ("NewLine", '\n'),
    ("Tab", '\t'),
];
/// Tags that end a line.
const BLOCKS: [&str; 26] = [
    "br", "p", "div", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "td", "th", "h1", "h2", "h3", "h4", "h5",
    "h6", "section", "article", "blockquote", "pre", "hr", "option", "title",
];

/// What is held.
#[derive(Debug, Clone, Default)]
pub(crate) struct Html {
    held: Vec<char>,
}

impl Html {
    pub(super) fn n_held(&self) -> usize {
        self.held.iter().map(|c| c.len_utf8()).sum()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.held.capacity().saturating_mul(size_of::<char>())
    }

    pub(super) fn push(&mut self, c: char, pieces: &mut Vec<Piece>) {
        match (self.held.first(), c) {
            (None, '&' | '<') => self.held.push(c),
            (None, _) => pieces.push(Piece::itself(c)),
            (Some('&'), _) => self.reference(c, pieces),
            (Some(_), _) => self.tag(c, pieces),
        }
    }

    pub(super) fn finish(&mut self, pieces: &mut Vec<Piece>) {
        pieces.extend(std::mem::take(&mut self.held).into_iter().map(Piece::itself));
    }

    fn reference(&mut self, c: char, pieces: &mut Vec<Piece>) {
        if c == ';' {
            self.held.push(c);
            match named(&self.held) {
                Some(meant) => {
                    pieces.push(Piece::Char(meant, self.n_held()));
                    self.held.clear();
                }
                None => self.finish(pieces),
            }
        } else if (c.is_ascii_alphanumeric() || c == '#') && self.held.len() < MAX_REFERENCE {
            self.held.push(c);
        } else {
            self.finish(pieces);
            self.push(c, pieces);
        }
    }

    fn tag(&mut self, c: char, pieces: &mut Vec<Piece>) {
        let begins = self.held.len() > 1 || c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?');
        if !begins || self.held.len() >= MAX_TAG {
            self.finish(pieces);
            return self.push(c, pieces);
        }
        self.held.push(c);
        let is_comment = self.held.starts_with(&['<', '!', '-', '-']);
        let is_end = c == '>' && (!is_comment || (self.held.len() > 6 && self.held.ends_with(&['-', '-', '>'])));
        if is_end {
            let n = self.n_held();
            let name: String =
                self.held.iter().skip(1).skip_while(|c| **c == '/').take_while(|c| c.is_ascii_alphanumeric()).collect();
            let is_block = BLOCKS.contains(&name.to_ascii_lowercase().as_str());
            pieces.push(if is_block { Piece::Char('\n', n) } else { Piece::Nothing(n) });
            self.held.clear();
        }
    }
}

/// What a whole reference (`&…;`) stands for.
fn named(reference: &[char]) -> Option<char> {
    let [_, name @ .., _] = reference else { return None };
    let name: String = name.iter().collect();
    let code = match name.strip_prefix('#') {
        None => return NAMES.iter().find(|(known, _)| *known == name).map(|(_, meant)| *meant),
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => digits.parse(),
        },
    };
    char::from_u32(code.ok()?)
}

/// A text as it stands between tags.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The first whole tag of a text, with what stands before it and behind it.
pub(super) fn first_tag(text: &str) -> Option<(&str, &str, &str)> {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    let (start, _) = text.match_indices('<').find(|(at, open)| {
        let inside = text.get(at.saturating_add(open.len())..).unwrap_or_default();
        begins(inside) && inside.contains('>')
    })?;
    let (before, tag) = text.split_at_checked(start)?;
    let (tag, behind) = tag.split_at_checked(tag.find('>')?.saturating_add(1))?;
    Some((before, tag, behind))
}
