//! What must hold of any text, checked the slow way. Property tests and the fuzz targets use the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use specialis_text::{Class, Form, Hit, HitOrigin, Index, Lexicon, Reader, Speaker, View, view};

use crate::support::{hits, read, singles};

/// `view(a + b)` is `view(a)` followed by `view(b)`, offsets included.
pub(crate) fn is_sum(whole: &View, a: &View, b: &View, n_bytes: usize) -> bool {
    let n_view = a.as_str().len();
    let moved = b.chars().iter().map(|c| {
        let mut c = *c;
        c.at += n_view;
        c.start += n_bytes;
        c.end += n_bytes;
        c
    });
    whole.as_str() == format!("{}{}", a.as_str(), b.as_str())
        && whole.chars().iter().copied().eq(a.chars().iter().copied().chain(moved))
}

/// A naive search: every range of original characters whose view, read as a lane reads it, is the term.
#[expect(clippy::indexing_slicing, clippy::string_slice, reason = "an oracle that fails by panicking")]
pub(crate) fn naive(text: &str, term: &str, is_tight: bool) -> BTreeSet<(usize, usize)> {
    let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let shows = |from: usize, to: usize| {
        text.get(from..to).is_some_and(|part| view(part).chars().iter().any(|c| !c.class.is_gap()))
    };
    let mut found = BTreeSet::new();
    for (i, &start) in bounds.iter().enumerate() {
        for (j, &end) in bounds.iter().enumerate().skip(i + 1) {
            let ends_on_letters = shows(start, bounds[i + 1]) && shows(bounds[j - 1], end);
            if ends_on_letters && lane_reads(&text[start..end], is_tight).contains(term) {
                // The shortest such range: none inside it has the term.
                let inner = [(bounds[i + 1], end), (start, bounds[j - 1])];
                let is_least = inner.iter().all(|&(s, e)| s >= e || !lane_reads(&text[s..e], is_tight).contains(term));
                if is_least {
                    found.insert((start, end));
                }
            }
        }
    }
    found
}

/// A stretch as a lane reads it.
fn lane_reads(text: &str, is_tight: bool) -> String {
    let mut out = String::new();
    let (mut n_gap, mut n_newlines) = (0, 0);
    for c in text.chars() {
        let image = view(&c.to_string());
        if image.chars().is_empty() {
            continue;
        }
        let mut has_gap = false;
        for c in image.chars() {
            if !c.class.is_gap() {
                (n_gap, n_newlines, has_gap) = (0, 0, false);
                out.push(c.ch);
                continue;
            }
            n_gap += usize::from(!has_gap);
            has_gap = true;
            n_newlines += usize::from(c.class == Class::Newline);
            let max = if is_tight { 4 } else { 16 };
            if n_gap > max || n_newlines > 1 || (is_tight && c.class == Class::Stop) {
                // The lane starts anew here.
                out.push('\u{0}');
            } else if !is_tight && !out.ends_with([' ', '\u{0}']) && !out.is_empty() {
                out.push(' ');
            }
        }
    }
    out
}

/// The terms of the naive search, each with whether it is one of the tight lane.
pub(crate) const NAIVE_TERMS: [(&str, bool); 8] = [
    ("赌博", true),
    ("博赌", true),
    ("赌", false),
    ("a", false),
    ("ab", false),
    ("a b", false),
    ("1a", false),
    ("赌博赌", true),
];

/// A lexicon of them.
pub(crate) fn naive_lexicon() -> String {
    let rows: String = NAIVE_TERMS.iter().map(|(term, _)| format!("{term},c\n")).collect();
    format!("term,category\n{rows}")
}

/// Whether these hits in a text, of an index over [`naive_lexicon`], are those of a naive search; the term that differs
/// otherwise.
pub(crate) fn is_naive(text: &str, hits: &[Hit]) -> Result<(), String> {
    for (number, (term, is_tight)) in (0_u32..).zip(NAIVE_TERMS) {
        let own = hits.iter().filter(|hit| matches!(hit.origin, HitOrigin::Lexicon { term, .. } if term == number));
        let own: BTreeSet<_> = own.map(|hit| (hit.start, hit.end)).collect();
        let expected = naive(text, term, is_tight);
        if own != expected {
            return Err(format!("`{term}` is found at {own:?} and stands at {expected:?} in {text:?}"));
        }
    }
    Ok(())
}

/// Offsets lead there and back: the characters of the view come from whole original characters in order, what lies between
/// two of them shows nothing, and the view of the original behind a range of the view is that range, widened to the whole of
/// its first and last original character.
#[expect(clippy::indexing_slicing, clippy::string_slice, reason = "an oracle that fails by panicking")]
pub(crate) fn offsets_round_trip(text: &str, first: usize, last: usize) {
    let seen = view(text);
    let mut before = 0..0;
    for c in seen.chars() {
        let own = c.start..c.end;
        assert_eq!(text[own.clone()].chars().count(), 1, "{c:?} in {text:?}");
        assert_eq!(seen.as_str()[c.at..].chars().next(), Some(c.ch));
        if own != before {
            assert!(view(&text[before.end..own.start]).as_str().is_empty(), "before {c:?} in {text:?}");
            before = own;
        }
    }
    assert!(view(&text[before.end..]).as_str().is_empty(), "the end of {text:?}");
    let chars = seen.chars();
    if chars.is_empty() {
        return;
    }
    let (first, last) = (first % chars.len(), last % chars.len());
    let (first, last) = (first.min(last), first.max(last));
    let range = chars[first].at..chars[last].at + chars[last].ch.len_utf8();
    let origin = seen.origin(range.clone());
    assert!(origin.is_some(), "{range:?} has no origin in {text:?}");
    let Some(origin) = origin else { return };
    assert_eq!((origin.start, origin.end), (chars[first].start, chars[last].end));
    let widened = chars.iter().filter(|c| origin.start <= c.start && c.end <= origin.end).map(|c| c.ch);
    assert_eq!(view(&text[origin.clone()]).as_str(), widened.collect::<String>(), "{range:?} in {text:?}");
    assert!(view(&text[origin]).as_str().contains(&seen.as_str()[range]));
}

/// However a text is cut, the points are the same, the hits are those of a scan, and what is let go and what is kept back are
/// together what came.
pub(crate) fn cut_is_whole(index: &Index, reader: &Reader, text: &str, chunks: &[&str]) {
    let (whole, _) = read(reader.clone(), &[text]);
    let (parts, _) = read(reader.clone(), chunks);
    let (letters, _) = read(reader.clone(), &singles(text));
    assert_eq!(whole, parts, "{chunks:?}");
    assert_eq!(whole, letters, "{text:?} in single characters");
    assert_eq!(hits(&whole), index.scan(text).hits, "{text:?}");
}

/// A text in a string of JSON, with some of its characters as escapes, and where each of its bytes stands.
fn written(text: &str, escapes: &[bool]) -> (String, Vec<usize>) {
    let (mut out, mut at) = ("\"".to_owned(), Vec::new());
    for (c, escape) in text.chars().zip(escapes.iter().cycle()) {
        at.extend(std::iter::repeat_n(out.len(), c.len_utf8()));
        if *escape || c == '"' || c == '\\' || u32::from(c) < 0x20 {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        } else {
            out.push(c);
        }
    }
    at.push(out.len());
    out.push('"');
    (out, at)
}

/// What is found in a string of JSON is what is found in the text that it says, where that stands in the string.
pub(crate) fn string_is_what_it_says(index: &Index, text: &str, escapes: &[bool]) {
    let (json, at) = written(text, escapes);
    // The quotes end a line each.
    let plain = index.scan(&format!("\n{text}\n")).hits;
    let place = |n: usize| n.checked_sub(1).and_then(|n| at.get(n)).copied();
    let expected: BTreeSet<_> =
        plain.iter().map(|hit| (place(hit.start), place(hit.end), hit.category.clone())).collect();
    let found = index.scan_as(&json, Speaker::Unknown, Form::Json).hits;
    let found: BTreeSet<_> = found.iter().map(|hit| (Some(hit.start), Some(hit.end), hit.category.clone())).collect();
    assert_eq!(found, expected, "{json}");
}

/// The same of a text of a form that somebody says: no cut changes the hits, and no escape is let go in part.
pub(crate) fn cut_is_whole_as(index: &Arc<Index>, text: &str, chunks: &[&str], (speaker, form): (Speaker, Form)) {
    let whole = index.scan_as(text, speaker, form).hits;
    let reader = Reader::new(index.clone()).said_by(speaker).written_in(form);
    let (parts, _) = read(reader.clone(), chunks);
    assert_eq!(hits(&parts), whole, "{chunks:?}");
    let (letters, _) = read(reader, &singles(text));
    assert_eq!(hits(&letters), whole, "{text:?} in single characters");
}

/// What any bytes as a lexicon file must do: be refused, or be read, written, and read as the same; and its terms, in an
/// index, are found in themselves.
pub(crate) fn lexicon_holds(bytes: &[u8]) {
    let Ok(lexicon) = Lexicon::parse("x", bytes) else { return };
    assert_eq!(Lexicon::is_without_terms(bytes), lexicon.terms.is_empty());
    let written = lexicon.to_csv();
    assert_eq!(Lexicon::parse("x", written.as_bytes()).as_ref(), Ok(&lexicon), "{written:?}");
    let index = specialis_text::IndexBuilder::new().inside_words(true).lexicon(&lexicon).build();
    assert!(index.is_ok(), "what was read cannot be built: {:?}", index.as_ref().err());
    let Ok(index) = index else { return };
    let has_exceptions = lexicon.terms.iter().any(|term| term.flags.is_exception);
    // Gaps and characters that show nothing may be more than a lane reads over.
    let is_solid = |text: &str| {
        let shows = |c: char| {
            let seen = view(c.encode_utf8(&mut [0; 4]));
            !seen.chars().is_empty() && !seen.chars().iter().any(|c| c.class.is_gap())
        };
        text.chars().all(shows)
    };
    for (number, term) in (0_u32..).zip(&lexicon.terms) {
        let found = index.scan(&term.text).hits;
        let is_own = |hit: &Hit| matches!(hit.origin, HitOrigin::Lexicon { term, .. } if term == number);
        if term.context.clauses.is_empty() && !has_exceptions && is_solid(&term.text) {
            assert!(found.iter().any(is_own), "`{}` is not found in itself", term.text);
        }
    }
}
