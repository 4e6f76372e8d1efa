//! Labels within free text: comments, prompts, descriptions, where anything may stand.
//!
//! A text holds a label only where the keys say so: an object under the key `AIGC`, or an object with at least two of the seven
//! keys, in whatever case. A word within a string of somebody else's JSON is no key, so a prompt that speaks of `AIGC` is no label.

mod keys;

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::encoded;
use crate::encoding::{Encoding, decode, decode_wide, encode};
use crate::label::{KEYS, WRAPPER};
use crate::limits::{MAX_DEPTH, MAX_LABELS};
use crate::raw::{Form, RawLabel, is_label_name};

use keys::{Hit, LEAST_KEYS, hits, is_enough, outside};

/// How often a text is tried as JSON from a brace on, without success.
const MAX_TRIES: usize = 1024;
/// How many bytes are read in all these tries together.
const MAX_TRIED: usize = 32 * 1024 * 1024;
/// How many strings of a text are looked into that are objects by themselves.
const MAX_STRINGS: usize = 64;
/// Under these keys stands what people typed.
const PROMPTS: [&str; 4] = ["text", "prompt", "negative_prompt", "negative"];

/// A label within a text, and the stretch of the text that goes when the label goes.
pub(crate) struct Embedded {
    pub(crate) label: RawLabel,
    span: Range<usize>,
    /// What takes its place, so that JSON around it stays JSON.
    put: &'static str,
    /// Whether the stretch is the label and nothing else.
    is_exact: bool,
}

/// What is left of a field when its labels are taken out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Remainder<T = String> {
    /// There is no label in it, or none that can be told apart from the rest.
    Unchanged,
    /// It is a label and nothing else.
    Nothing,
    /// The text around the label.
    Text(T),
}

impl Remainder {
    /// The same in the bytes of a format.
    pub(crate) fn encoded(self, encode: impl FnOnce(&str) -> Vec<u8>) -> Remainder<Vec<u8>> {
        match self {
            Self::Unchanged => Remainder::Unchanged,
            Self::Nothing => Remainder::Nothing,
            Self::Text(text) => Remainder::Text(encode(&text)),
        }
    }
}

/// The labels of a field: its whole value where the name says so, else those within the value.
pub(crate) fn of_field(name: &str, value: &str) -> Vec<RawLabel> {
    if is_label_name(name) {
        return vec![RawLabel::parse(value)];
    }
    labels_in(value).into_iter().map(|found| found.label).collect()
}

/// Whether a field holds a label.
pub(crate) fn has_label(name: &str, value: &str) -> bool {
    is_label_name(name) || !labels_in(value).is_empty()
}

/// What is left of a field without its labels.
pub(crate) fn without_labels(name: &str, value: &str) -> Remainder {
    if is_label_name(name) {
        return Remainder::Nothing;
    }
    let found = labels_in(value);
    if found.is_empty() || found.iter().any(|label| !label.is_exact) {
        return Remainder::Unchanged;
    }
    let rest = rest(&found, value);
    if is_blank(&rest) { Remainder::Nothing } else { Remainder::Text(rest) }
}

/// A text without the labels that were found in it.
fn rest(found: &[Embedded], text: &str) -> String {
    let mut rest = String::new();
    let mut at = 0;
    for label in found {
        rest.push_str(text.get(at..label.span.start).unwrap_or_default());
        rest.push_str(label.put);
        at = label.span.end;
    }
    rest.push_str(text.get(at..).unwrap_or_default());
    rest
}

/// The same for a field whose bytes are UTF-8 or UTF-16, or else anything in which ASCII is ASCII.
pub(crate) fn bytes_without_labels(name: &str, value: &[u8]) -> Remainder<Vec<u8>> {
    let (text, encoding) = legible(value);
    without_labels(name, &text).encoded(|text| encode(text, encoding))
}

/// The labels of a field, as [`of_field`], whose bytes are text of any encoding.
pub(crate) fn of_field_in_bytes(name: &str, value: &[u8]) -> Vec<RawLabel> {
    let (text, _) = legible(value);
    if is_label_name(name) { vec![RawLabel::parse(&text)] } else { of_field("", &text) }
}

/// The labels of bytes that hold text among other things. What is encoded there is not decoded: it may be of another place.
pub(crate) fn labels_in_bytes(bytes: &[u8]) -> Vec<RawLabel> {
    labels_as_they_stand(&legible(bytes).0).into_iter().map(|found| found.label).collect()
}

fn labels_as_they_stand(text: &str) -> Vec<Embedded> {
    labels_within(text, encoded::MAX_TIMES)
}

/// The same bytes with blanks where labels stood, so that no length around them changes; nothing where there are none, or none that
/// can be told apart.
pub(crate) fn blanked(bytes: &[u8]) -> Option<Vec<u8>> {
    let (text, encoding) = legible(bytes);
    let found = labels_as_they_stand(&text);
    if found.is_empty() || found.iter().any(|label| !label.is_exact) {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for label in found {
        let put = |from: usize, to: usize| encode(text.get(from..to).unwrap_or_default(), encoding);
        out.extend(put(at, label.span.start));
        let room = put(label.span.start, label.span.end).len();
        let blank = encode(" ", encoding);
        let mut rest = encode(label.put, encoding);
        while rest.len() < room {
            rest.extend(&blank);
        }
        out.extend(rest);
        at = label.span.end;
    }
    out.extend(encode(text.get(at..).unwrap_or_default(), encoding));
    (out.len() == bytes.len()).then_some(out)
}

/// The text of bytes, read as UTF-16 where a label shows only then.
fn legible(bytes: &[u8]) -> (String, Encoding) {
    let plain = decode(bytes);
    if is_enough(&hits(&plain.0)) {
        return plain;
    }
    let wide = decode_wide(bytes);
    let is_wide = matches!(wide.1, Encoding::Utf16 { .. }) && !labels_in(&wide.0).is_empty();
    if is_wide { wide } else { plain }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || matches!(c, '\0' | '\u{feff}'))
}

/// Every label of a text, in the order in which they stand.
pub(crate) fn labels_in(text: &str) -> Vec<Embedded> {
    labels_within(text, 0)
}

/// The labels of a text that somebody encoded, and of the pieces of one that are base64.
fn labels_encoded(text: &str, n_times: usize) -> Vec<Embedded> {
    let n_times = n_times.saturating_add(1);
    if n_times > encoded::MAX_TIMES {
        return Vec::new();
    }
    let as_found = |span: Range<usize>, plain: &str, form: Form| {
        let found = labels_within(plain, n_times);
        let is_exact = found.iter().all(|label| label.is_exact) && is_blank(&rest(&found, plain));
        let own = text.get(span.clone()).unwrap_or_default().to_owned();
        let of = move |inner: Embedded| {
            let label = RawLabel { text: own.clone(), form, ..inner.label };
            Embedded { label, span: span.clone(), put: "", is_exact }
        };
        found.into_iter().map(of).collect::<Vec<Embedded>>()
    };
    match encoded::plain(text.trim_matches(|c: char| c.is_whitespace() || c == '\0')) {
        Some((plain, form)) => as_found(0..text.len(), &plain, form),
        None => encoded::pieces(text).flat_map(|(span, plain)| as_found(span, &plain, Form::Base64)).collect(),
    }
}

/// See [`labels_in`]; for a text that was encoded so many times before.
fn labels_within(text: &str, n_times: usize) -> Vec<Embedded> {
    let hits = hits(text);
    if !is_enough(&hits) || encoded::is_string(text) {
        return labels_encoded(text, n_times);
    }
    let last = hits.last().map_or(0, |hit| hit.at);
    let mut search = Search { text, found: Vec::new(), n_strings: 0 };
    let mut read: Vec<Range<usize>> = Vec::new();
    let (mut at, mut n_tries, mut n_tried) = (0_usize, 0_usize, 0_usize);
    while let Some(from) = text.get(at..).and_then(|rest| rest.find('{')).map(|n| n.saturating_add(at)) {
        if from > last || n_tries >= MAX_TRIES || n_tried >= MAX_TRIED || search.found.len() > MAX_LABELS {
            break;
        }
        at = match pairs(text.get(from..).unwrap_or_default()) {
            Ok((pairs, len)) => {
                let to = from.saturating_add(len);
                search.object(from..to, &pairs, 0);
                read.push(from..to);
                to
            }
            Err(n_read) => {
                (n_tries, n_tried) = (n_tries.saturating_add(1), n_tried.saturating_add(n_read));
                from.saturating_add(1)
            }
        };
    }
    let mut found = search.found;
    let loose = outside(hits, read.iter());
    if found.is_empty() && is_enough(&loose) {
        found.extend(broken(text, &loose));
    }
    found
}

/// A label that is no JSON: from the brace before its first key to the last brace behind its last.
fn broken(text: &str, hits: &[Hit]) -> Option<Embedded> {
    let (first, last) = (hits.first()?.at, hits.last()?.at);
    let from = text.get(..first)?.rfind('{').unwrap_or(first);
    // The outermost brace: an object around the first key may have one of its own before it.
    let from = text.get(..from)?.find('{').unwrap_or(from);
    let to = text.get(last..)?.rfind('}').map_or(text.len(), |n| n.saturating_add(last).saturating_add(1));
    let is_exact = is_blank(text.get(..from)?) && is_blank(text.get(to..)?);
    Some(Embedded { label: RawLabel::parse(text.get(from..to)?), span: from..to, put: "", is_exact })
}

/// Looks for labels in JSON that was read.
struct Search<'a> {
    text: &'a str,
    found: Vec<Embedded>,
    /// How many strings were looked into.
    n_strings: usize,
}

impl Search<'_> {
    fn object(&mut self, span: Range<usize>, pairs: &[Pair<'_>], depth: usize) {
        let is_own = |key: &str, pair: &Pair<'_>| pair.key.eq_ignore_ascii_case(key);
        let n_own = pairs.iter().filter(|pair| KEYS.iter().any(|key| is_own(key, pair))).count();
        let n_keys = KEYS.iter().filter(|key| pairs.iter().any(|pair| is_own(key, pair))).count();
        let n_others = pairs.len().saturating_sub(n_own);
        match pairs.iter().position(Pair::is_wrapper) {
            Some(_) if n_others == 1 && n_own == 0 => self.push(span, depth, true),
            Some(index) => self.pair(&span, pairs, index),
            // An object that says more about other things is not the label alone.
            None if n_keys >= LEAST_KEYS => self.push(span, depth, n_own >= n_others),
            None => {
                for pair in pairs {
                    // What a person asked for may speak of anything.
                    if pair.value.get().starts_with('"') && !PROMPTS.contains(&pair.key.as_str()) {
                        self.string(pair.value.get());
                    } else {
                        self.value(pair.value.get(), depth.saturating_add(1));
                    }
                }
            }
        }
    }

    fn value(&mut self, value: &str, depth: usize) {
        let Some(from) = self.place(value) else { return };
        if depth >= MAX_DEPTH {
            // Deeper than anything honest. What has the keys of a label there counts as one that cannot be told apart.
            if is_enough(&hits(value)) {
                self.push(from..from.saturating_add(value.len()), depth, false);
            }
        } else if value.starts_with('{')
            && let Ok((pairs, len)) = pairs(value)
        {
            self.object(from..from.saturating_add(len), &pairs, depth);
        } else if value.starts_with('[')
            && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value)
        {
            items.into_iter().for_each(|item| self.value(item.get(), depth.saturating_add(1)));
        }
    }

    /// A string that is an object by itself: somebody serialized it, and put it into another.
    fn string(&mut self, value: &str) {
        let Some(from) = self.place(value) else { return };
        let text: String = if value.contains('{') { serde_json::from_str(value).unwrap_or_default() } else { return };
        let is_object = text.trim_start().starts_with('{') && text.trim_end().ends_with('}');
        if !is_object || !is_enough(&hits(&text)) || self.n_strings >= MAX_STRINGS {
            return;
        }
        self.n_strings = self.n_strings.saturating_add(1);
        let Ok((pairs, _)) = pairs(&text) else { return };
        let mut inner = Search { text: &text, found: Vec::new(), n_strings: self.n_strings };
        inner.object(0..text.len(), &pairs, 0);
        let is_exact = inner.found.iter().all(|label| label.is_exact) && is_blank(&rest(&inner.found, &text));
        self.n_strings = inner.n_strings;
        let span = from..from.saturating_add(value.len());
        let found = inner.found.into_iter().map(|own| own.label);
        self.found.extend(found.map(|label| Embedded { label, span: span.clone(), put: "\"\"", is_exact }));
    }

    fn push(&mut self, span: Range<usize>, depth: usize, is_exact: bool) {
        let label = RawLabel::parse(self.text.get(span.clone()).unwrap_or_default());
        let put = if depth == 0 { "" } else { "{}" };
        self.found.push(Embedded { label, span, put, is_exact });
    }

    /// A label that is one of several entries: it goes with the comma that parts it from the others.
    fn pair(&mut self, object: &Range<usize>, pairs: &[Pair<'_>], index: usize) {
        let Some(pair) = pairs.get(index) else { return };
        let end = |pair: &Pair<'_>| self.place(pair.value.get()).map(|at| at.saturating_add(pair.value.get().len()));
        let before = index.checked_sub(1).and_then(|index| pairs.get(index));
        let stretch = end(pair).and_then(|to| match before {
            Some(before) => Some(end(before)?..to),
            None => {
                let comma = self.text.get(to..object.end)?.find(',')?;
                Some(object.start.saturating_add(1)..to.saturating_add(comma).saturating_add(1))
            }
        });
        let label = RawLabel::parse(&format!("{{\"{}\":{}}}", pair.key, pair.value.get()));
        let is_exact = stretch.is_some();
        self.found.push(Embedded { label, span: stretch.unwrap_or(object.clone()), put: "", is_exact });
    }

    /// Where a part of the text begins in it.
    fn place(&self, part: &str) -> Option<usize> {
        let at = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        (at <= self.text.len()).then_some(at)
    }
}

/// One entry of an object, its value as it stands.
struct Pair<'a> {
    key: String,
    value: &'a RawValue,
}

impl Pair<'_> {
    fn is_wrapper(&self) -> bool {
        let value = self.value.get();
        let is_object = value.starts_with('{');
        if self.key == WRAPPER && is_object {
            return true;
        }
        // In small letters, or written as a string: then the keys within have to say so.
        let is_like_one = is_label_name(&self.key) && (is_object || value.starts_with("\"{"));
        is_like_one && hits(value).iter().any(|hit| hit.key.is_some())
    }
}

/// The entries of the object with which a text begins, and where it ends; else how many bytes were read in vain.
fn pairs(text: &str) -> Result<(Vec<Pair<'_>>, usize), usize> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Pairs<'_>>();
    match stream.next() {
        Some(Ok(Pairs(pairs))) => Ok((pairs, stream.byte_offset())),
        Some(Err(error)) => {
            let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
            Err(lines.map(str::len).fold(error.column(), usize::saturating_add))
        }
        None => Err(0),
    }
}

struct Pairs<'a>(Vec<Pair<'a>>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;

        impl<'de> Visitor<'de> for Ordered {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    pairs.push(Pair { key, value });
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Ordered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: &str = r#"{"Label":"1","ContentProducer":"p","ProduceID":"1-a"}"#;

    fn text(rest: &str) -> Remainder {
        Remainder::Text(rest.to_owned())
    }

    #[test]
    fn a_word_within_a_string_is_no_label() {
        for foreign in [
            r#"{"9":{"inputs":{"filename_prefix":"AIGC_out","text":"a robot"},"class_type":"SaveImage"}}"#,
            r#"{"AIGC":"a tag","x":1}"#,
            r#"{"text":"write {\"AIGC\":{\"Label\":\"1\"}} on a wall","n":{}}"#,
            r#"{"text":"{\"AIGC\":{\"Label\":\"1\"}}"}"#,
            r#"{"note":"{\"AIGC\":{\"Label\":\"1\"}} is what it should say"}"#,
            r#"{"tags":["AIGC","ProduceID","ContentProducer"]}"#,
            r#"{"Label":"red","title":"x"}"#,
            r#"{"Label":"red","label":"blue"}"#,
            r#"{"shown":"%7B%22AIGC%22%3A1%7D","token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"}"#,
            "{AIGC:1.2}, {Label: a cat}",
            "AIGC: ContentProducer, ProduceID",
            "a sign that says \"AIGC\": {neon} on a wall, {red|blue}",
        ] {
            assert!(labels_in(foreign).is_empty(), "{foreign}");
            assert_eq!(without_labels("prompt", foreign), Remainder::Unchanged);
        }
    }

    #[test]
    fn a_label_goes_and_the_text_around_it_stays() {
        let wrapped = format!("{{\"AIGC\":{LABEL}}}");
        for (value, rest) in [
            (LABEL.to_owned(), Remainder::Nothing),
            (format!(" {wrapped}\n\0"), Remainder::Nothing),
            (format!("made by me {wrapped} in May"), text("made by me  in May")),
            (format!(r#"{{"AIGC":{LABEL},"seed":7}}"#), text(r#"{"seed":7}"#)),
            (format!(r#"{{"seed":7 , "AIGC": {LABEL}, "n":[]}}"#), text(r#"{"seed":7, "n":[]}"#)),
            (format!(r#"{{"extra":{{"AIGC":{LABEL},"a":1}},"n":2}}"#), text(r#"{"extra":{"a":1},"n":2}"#)),
            (format!(r#"{{"list":[1,{wrapped}]}}"#), text(r#"{"list":[1,{}]}"#)),
            (format!(r#"{{"extra":{wrapped}}}"#), text(r#"{"extra":{}}"#)),
            (format!("{wrapped}{wrapped}"), Remainder::Nothing),
        ] {
            let found = labels_in(&value);
            assert_eq!(found.first().and_then(|label| label.label.get("ProduceID")), Some("1-a"), "{value}");
            assert_eq!(without_labels("Comment", &value), rest, "{value}");
        }
    }

    #[test]
    fn a_label_that_was_serialized_into_a_string_of_its_own_is_one() {
        let wrapped = serde_json::Value::from(format!("{{\"AIGC\":{LABEL}}}")).to_string();
        let value = format!(r#"{{"meta":{{"extra":{wrapped}}},"n":2}}"#);
        let found = labels_in(&value);
        assert_eq!((found.len(), found[0].label.get("ProduceID")), (1, Some("1-a")));
        assert_eq!(without_labels("Comment", &value), text(r#"{"meta":{"extra":""},"n":2}"#));
    }

    #[test]
    fn blanks_take_the_place_of_labels_in_bytes() {
        let wrapped = format!("{{\"AIGC\":{LABEL}}}");
        let blanks = " ".repeat(wrapped.len());
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for (value, rest) in [
            (
                [b"\xFF\0\x80head".as_slice(), wrapped.as_bytes(), b"\xB1\0"].concat(),
                [b"\xFF\0\x80head".as_slice(), blanks.as_bytes(), b"\xB1\0"].concat(),
            ),
            (format!("题{wrapped}").into_bytes(), format!("题{blanks}").into_bytes()),
            (wide(&format!("题{wrapped}")), wide(&format!("题{blanks}"))),
        ] {
            assert_eq!(labels_in_bytes(&value).len(), 1);
            assert_eq!(blanked(&value), Some(rest));
        }
        assert_eq!(blanked(b"no label"), None);
    }

    #[test]
    fn what_is_no_json_is_a_label_by_its_keys() {
        let python = "{'AIGC': {'Label': '1', 'ContentProducer': 'p', 'ProduceID': '1-a'}}";
        let found = labels_in(python);
        assert_eq!(found.len(), 1);
        assert!(found[0].label.damage.is_some());
        assert_eq!(without_labels("Comment", python), Remainder::Nothing);
        // Nobody can tell where it ends: the field is not touched.
        assert_eq!(without_labels("Comment", &format!("by me {python} or not")), Remainder::Unchanged);
    }

    #[test]
    fn an_encoded_label_is_a_label_and_goes_whole() {
        let wrapped = format!("{{\"AIGC\":{LABEL}}}");
        let address = wrapped.replace('{', "%7B").replace('"', "%22").replace(':', "%3A").replace('}', "%7D");
        let page = wrapped.replace('"', "&quot;");
        let twice = serde_json::Value::from(LABEL).to_string();
        let base64 = data_encoding::BASE64URL_NOPAD.encode(wrapped.as_bytes());
        for (value, rest) in [
            (address.clone(), Remainder::Nothing),
            (page.replace("&quot;", "&amp;quot;"), Remainder::Nothing),
            (page, Remainder::Nothing),
            (serde_json::Value::from(twice.as_str()).to_string(), Remainder::Nothing),
            (twice, Remainder::Nothing),
            (base64.clone(), Remainder::Nothing),
            (format!("AIGC={base64}"), text("AIGC=")),
            (format!("{{\"aigc\":\"{base64}\",\"n\":1}}"), text("{\"aigc\":\"\",\"n\":1}")),
            // Nobody can tell where it ends.
            (format!("https://a.example/?meta={address}"), Remainder::Unchanged),
        ] {
            let found = labels_in(&value);
            assert_eq!(found.len(), 1, "{value}");
            assert_eq!(found[0].label.get("ProduceID"), Some("1-a"), "{value}");
            assert!(matches!(found[0].label.form, Form::Base64 | Form::Escaped), "{value}");
            assert_eq!(without_labels("Comment", &value), rest, "{value}");
        }
    }

    #[test]
    fn keys_in_another_case_and_without_quotation_marks_are_keys() {
        for value in [
            r#"{"aigc":{"label":"1","contentProducer":"p","produceId":"1-a"}}"#,
            r#"{"label":"1","contentproducer":"p"}"#,
            r#"{AIGC: {Label: "1", ContentProducer: "p"}}"#,
            "{Label:'1',ContentProducer:'p'}",
        ] {
            assert_eq!(labels_in(value).len(), 1, "{value}");
            assert_eq!(without_labels("Comment", value), Remainder::Nothing, "{value}");
        }
    }

    #[test]
    fn braces_without_end_take_no_long_time() {
        let hostile = format!("{}\"AIGC\":{{", "{\"a\":[".repeat(200_000));
        assert_eq!(labels_in(&hostile).len(), 1);
        // Each try says how much it read, and all together are bounded.
        for (text, n_read) in [("{\"a\":1", 6), ("{\n\"a\":\n\n x}", 10), ("{x", 2), ("{\"a\":[[[[", 9)] {
            let n = pairs(text).err().unwrap();
            assert!(n.abs_diff(n_read) <= 2, "{text}: {n}");
        }
        let many = format!("{{\"AIGC\":{LABEL}}}").repeat(1000);
        assert!(labels_in(&many).len() > MAX_LABELS);
    }
}
