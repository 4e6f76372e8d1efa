//! Markdown: `AIGC` in the front matter, a mapping of YAML between two lines `---`.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::encoding::{self, Encoding};
use crate::error::LabelError;
use crate::label::{KEYS, Label, WRAPPER, escaped};
use crate::limits::{MAX_DEPTH, MAX_LABELS, MAX_TEXT};
use crate::raw::{Form, RawLabel, RawValue, is_label_name};
use crate::reading::Reading;
use crate::source::{Source, wide};

const MARK: &str = "---";
/// Other notations of front matter.
const TOML: &str = "TOML";
const JSON: &str = "JSON";

/// The front matter of a page.
struct Matter {
    /// Where the YAML begins, behind the first line.
    from: usize,
    /// Where it ends, before the closing line.
    to: usize,
    yaml: String,
    newline: &'static str,
}

/// A page: its text, and how its bytes were read.
struct Page {
    text: String,
    encoding: Encoding,
}

impl Page {
    fn read(source: &mut Source<'_>) -> Result<Self, LabelError> {
        let bytes = source.all(MAX_TEXT)?;
        let is_wide = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
        match encoding::decode_page(&bytes).filter(|_| !is_wide) {
            Some((text, encoding)) => Ok(Self { text, encoding }),
            None if is_wide => Err(LabelError::Unsupported {
                container: Container::Markdown,
                what: "the page is written in UTF-16".to_owned(),
                fix: "save it as UTF-8",
            }),
            // Of an unknown encoding: its ASCII is read, and the rest stays as it is.
            None => Ok(Self { text: encoding::latin_1(&bytes), encoding: Encoding::Bytes }),
        }
    }

    /// Where a place of the text stands in the file.
    fn place(&self, at: usize) -> u64 {
        match self.encoding {
            Encoding::Utf8 => wide(at),
            Encoding::Bytes | Encoding::Utf16 { .. } | Encoding::Gb18030 => {
                wide(encoding::encode(self.text.get(..at).unwrap_or_default(), self.encoding).len())
            }
        }
    }
}

fn start_of(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// Nothing where the page has none: no first line `---`, or no line that closes it.
fn matter(text: &str) -> Option<Matter> {
    let start = start_of(text);
    let mut at = start;
    let mut from = None;
    for line in text.get(start..)?.split_inclusive('\n') {
        let bare = line.trim_end();
        match from {
            None if bare != MARK => return None,
            None => from = Some(at.saturating_add(line.len())),
            Some(from) if bare == MARK || bare == "..." => {
                let yaml = text.get(from..at)?.to_owned();
                let newline = if line.ends_with("\r\n") || yaml.contains("\r\n") { "\r\n" } else { "\n" };
                return is_mapping(&yaml).then_some(Matter { from, to: at, yaml, newline });
            }
            Some(_) => {}
        }
        at = at.saturating_add(line.len());
    }
    None
}

/// Whether what stands between two lines `---` is front matter, and not text between two rules.
fn is_mapping(yaml: &str) -> bool {
    for event in Parser::new_from_str(yaml) {
        match event {
            Ok((Event::MappingStart(..), _)) => return true,
            Ok((Event::Scalar(..) | Event::SequenceStart(..) | Event::Alias(..), _)) => return false,
            Ok(_) => {}
            // No YAML: what people meant shows in the first line.
            Err(_) => break,
        }
    }
    let first = yaml.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    first.is_none_or(|line| {
        let name = line.split_once(':').map(|(name, _)| name.trim_matches(['"', '\'']));
        name.is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        })
    })
}

/// A label in front matter. Places are in bytes of the YAML.
struct MatterLabel {
    label: RawLabel,
    /// The key under which it stands.
    name: String,
    at: usize,
    /// The lines that go when it goes; none where it cannot be told apart.
    lines: Vec<(usize, usize)>,
}

/// The labels of front matter. A label in YAML that cannot be read is there, too, as far as its lines can be told apart.
fn labels(yaml: &str) -> Vec<MatterLabel> {
    match parsed(yaml) {
        Ok(labels) => labels,
        Err((at, what)) => broken(yaml, at, &what).into_iter().collect(),
    }
}

/// Where characters stand in bytes: the parser counts characters.
struct Places(Vec<usize>);

impl Places {
    fn of(text: &str) -> Self {
        Self(text.char_indices().map(|(at, _)| at).chain([text.len()]).collect())
    }

    fn at(&self, n_chars: usize) -> usize {
        self.0.get(n_chars).or(self.0.last()).copied().unwrap_or_default()
    }
}

fn parsed(yaml: &str) -> Result<Vec<MatterLabel>, (usize, String)> {
    let places = Places::of(yaml);
    let mut events: Vec<(Event<'_>, Span)> = Vec::new();
    for event in Parser::new_from_str(yaml) {
        let event = event.map_err(|error| (places.at(error.marker().index()), error.info().to_owned()))?;
        events.push(event);
    }
    let matter = Events { yaml, places, events };
    let first = matter.events.iter().position(|(event, _)| matches!(event, Event::MappingStart(..)));
    let pairs = first.map(|first| matter.pairs(first)).unwrap_or_default();
    let mut labels = Vec::new();
    let has_fields = n_keys(&pairs) >= LEAST_KEYS;
    if has_fields {
        labels.push(matter.bare(first.unwrap_or_default(), &pairs));
    }
    for Pair { name, at, value } in pairs.into_iter().filter(|pair| !(has_fields && pair.is_field())) {
        let place = matter.place(at);
        if is_label_name(&name) {
            let (label, end) = matter.value(value);
            labels.push(MatterLabel { label, name, at: place, lines: vec![lines(yaml, place, end.1)] });
            continue;
        }
        let node = matter.events.get(value);
        let is_label = matches!(node, Some((Event::Scalar(text, ..), _)) if embedded::without_labels("", text) == Remainder::Nothing);
        let mut own_lines = is_label.then(|| lines(yaml, place, matter.skip(value).1));
        for (name, label) in matter.within(value, &name) {
            labels.push(MatterLabel { label, name, at: place, lines: own_lines.take().into_iter().collect() });
        }
    }
    Ok(labels)
}

/// How many of the keys of a label make a mapping one.
const LEAST_KEYS: usize = 2;

/// How many of the keys of a label these are.
fn n_keys(pairs: &[Pair]) -> usize {
    KEYS.iter().filter(|key| pairs.iter().any(|pair| pair.name.eq_ignore_ascii_case(key))).count()
}

impl Pair {
    /// Whether it is a field of a label.
    fn is_field(&self) -> bool {
        KEYS.iter().any(|key| self.name.eq_ignore_ascii_case(key))
    }
}

/// An entry of a mapping: its key, and the events at which key and value begin.
struct Pair {
    name: String,
    at: usize,
    value: usize,
}

/// Front matter as the parser reads it.
struct Events<'a> {
    yaml: &'a str,
    places: Places,
    events: Vec<(Event<'a>, Span)>,
}

impl Events<'_> {
    /// Where the thing at an event begins, in bytes.
    fn place(&self, at: usize) -> usize {
        self.events.get(at).map_or(self.yaml.len(), |(_, span)| self.places.at(span.start.index()))
    }

    /// The entries of the mapping that begins at an event.
    fn pairs(&self, mapping: usize) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let mut at = mapping.saturating_add(1);
        while let Some((key, _)) = self.events.get(at).filter(|(event, _)| !matches!(event, Event::MappingEnd)) {
            let name = if let Event::Scalar(name, ..) = key { name.to_string() } else { String::new() };
            let value = self.skip(at).0;
            pairs.push(Pair { name, at, value });
            at = self.skip(value).0;
        }
        pairs
    }

    /// The fields of a label with no key around them, beside whatever else the page says of itself.
    fn bare(&self, mapping: usize, pairs: &[Pair]) -> MatterLabel {
        let own: Vec<&Pair> = pairs.iter().filter(|pair| pair.is_field()).collect();
        let fields = own.iter().map(|pair| (pair.name.clone(), self.scalar(pair.value))).collect();
        // In braces several may stand on one line, with others among them.
        let is_flow = self.yaml.get(self.place(mapping)..).is_some_and(|rest| rest.starts_with('{'));
        let own_lines = own.iter().map(|pair| lines(self.yaml, self.place(pair.at), self.skip(pair.value).1));
        let lines = own_lines.filter(|_| !is_flow).collect();
        let label = RawLabel::of_pairs(self.yaml, Form::Mapping, fields);
        MatterLabel { label, name: "fields of their own".to_owned(), at: self.place(mapping), lines }
    }

    /// The labels of a value that is called otherwise, and of what stands within it, each with its key.
    fn within(&self, value: usize, name: &str) -> Vec<(String, RawLabel)> {
        let mut found = Vec::new();
        let mut open: Vec<(usize, String, usize)> = vec![(value, name.to_owned(), 0)];
        while let Some((at, name, depth)) = open.pop() {
            let inner = depth.saturating_add(1);
            match self.events.get(at) {
                Some((Event::Scalar(text, ..), _)) => {
                    found.extend(embedded::labels_in(text).into_iter().map(|own| (name.clone(), own.label)));
                }
                Some((Event::MappingStart(..), _)) if depth < MAX_DEPTH => {
                    let pairs = self.pairs(at);
                    if is_label_name(&name) || n_keys(&pairs) >= LEAST_KEYS {
                        found.push((name, self.value(at).0));
                        continue;
                    }
                    open.extend(pairs.into_iter().rev().map(|pair| (pair.value, pair.name, inner)));
                }
                Some((Event::SequenceStart(..), _)) if depth < MAX_DEPTH => {
                    let mut item = at.saturating_add(1);
                    while self.events.get(item).is_some_and(|(event, _)| !matches!(event, Event::SequenceEnd)) {
                        open.push((item, name.clone(), inner));
                        item = self.skip(item).0;
                    }
                }
                Some(_) | None => {}
            }
            if found.len() > MAX_LABELS {
                break;
            }
        }
        found
    }

    /// What a field says.
    fn scalar(&self, at: usize) -> RawValue {
        match self.events.get(at) {
            Some((Event::Scalar(text, style, ..), _)) if *style == ScalarStyle::Plain && is_null(text) => {
                RawValue::Text(String::new())
            }
            Some((Event::Scalar(text, ..), _)) => RawValue::Text(text.to_string()),
            _ => RawValue::Other("a mapping or a list".to_owned()),
        }
    }

    /// The value at an event: the label, and where the events and the bytes of it end.
    fn value(&self, at: usize) -> (RawLabel, (usize, usize)) {
        let Some((event, span)) = self.events.get(at) else {
            return (RawLabel::unreadable("", 0, "it has no value"), (at, self.yaml.len()));
        };
        let from = self.places.at(span.start.index());
        if let Event::Scalar(text, ..) = event {
            let end = (at.saturating_add(1), self.places.at(span.end.index()).max(from));
            return (RawLabel::parse(text), end);
        }
        let end = self.skip(at);
        if !matches!(event, Event::MappingStart(..)) {
            return (RawLabel::unreadable("", from, "it is no mapping and no text"), end);
        }
        let raw = self.yaml.get(from..end.1).unwrap_or_default().trim_end();
        // A mapping in braces may be the very JSON that the standard asks for.
        if raw.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(raw).is_ok() {
            return (RawLabel::parse(raw), end);
        }
        let pairs = self.pairs(at).into_iter().map(|pair| (pair.name, self.scalar(pair.value))).collect();
        (RawLabel::of_pairs(raw, Form::Mapping, pairs), end)
    }

    /// Where the node at an event ends: the next event, and the byte.
    fn skip(&self, at: usize) -> (usize, usize) {
        let mut depth = 0_usize;
        for (n, (event, span)) in self.events.iter().enumerate().skip(at) {
            match event {
                Event::MappingStart(..) | Event::SequenceStart(..) => depth = depth.saturating_add(1),
                Event::MappingEnd | Event::SequenceEnd => depth = depth.saturating_sub(1),
                Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Alias(_)
                | Event::Scalar(..) => {}
            }
            if depth == 0 {
                return (n.saturating_add(1), self.places.at(span.end.index()));
            }
        }
        (self.events.len(), self.places.at(usize::MAX))
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null")
}

/// The whole lines from the one with `from` to the last that belongs to the value.
fn lines(yaml: &str, from: usize, end: usize) -> (usize, usize) {
    let start = yaml.get(..from).and_then(|before| before.rfind('\n')).map_or(0, |at| at.saturating_add(1));
    // A block's end is only known where the next thing begins: what belongs to it is indented.
    let mut to = start;
    for (n, line) in yaml.get(start..).unwrap_or_default().split_inclusive('\n').enumerate() {
        let is_more = line.starts_with([' ', '\t'])
            || line.trim().is_empty()
            || (to < end && line.starts_with(['}', ']', '"', '\'']));
        if n > 0 && !is_more {
            break;
        }
        to = to.saturating_add(line.len());
    }
    (start, to)
}

fn broken(yaml: &str, at: usize, what: &str) -> Option<MatterLabel> {
    let mut from = 0_usize;
    for line in yaml.split_inclusive('\n') {
        let name = line.split(':').next().unwrap_or_default().trim_matches(['"', '\'']);
        if is_label_name(name) && !line.starts_with([' ', '\t']) {
            let (from, to) = lines(yaml, from, from);
            let text = yaml.get(from..to).unwrap_or_default();
            let value = text.split_once(':').map_or("", |(_, value)| value);
            let mut label = RawLabel::parse(value.trim());
            label.damage = Some(crate::raw::Damage { at, what: format!("the front matter is no YAML ({what})") });
            return Some(MatterLabel { label, name: WRAPPER.to_owned(), at: from, lines: vec![(from, to)] });
        }
        from = from.saturating_add(line.len());
    }
    None
}

/// Where the text of a page begins, behind its front matter and the blank lines that follow it.
pub(crate) fn body_start(page: &str) -> usize {
    let behind = match matter(page) {
        Some(matter) => {
            let rest = page.get(matter.to..).unwrap_or_default();
            matter.to.saturating_add(rest.find('\n').map_or(rest.len(), |at| at.saturating_add(1)))
        }
        None => other_notation(page).map_or(start_of(page), |(_, end)| end),
    };
    let rest = page.get(behind..).unwrap_or_default();
    let blank = rest.len().saturating_sub(rest.trim_start_matches(['\r', '\n']).len());
    behind.saturating_add(blank)
}

/// Behind the line that closes front matter in TOML; the start of a page in which none does.
fn toml_end(page: &str) -> usize {
    let start = start_of(page);
    let mut at = start;
    for (n, line) in page.get(start..).unwrap_or_default().split_inclusive('\n').enumerate() {
        at = at.saturating_add(line.len());
        if n > 0 && line.trim_end() == "+++" {
            return at;
        }
    }
    start
}

/// Front matter in another notation, and where it ends: between lines `+++`, or a JSON object on lines of its own before the page. An
/// object alone is the page itself.
fn other_notation(text: &str) -> Option<(&'static str, usize)> {
    let start = start_of(text);
    let own = text.get(start..)?;
    if own.starts_with("+++\n") || own.starts_with("+++\r\n") {
        return Some((TOML, toml_end(text)));
    }
    let mut stream = serde_json::Deserializer::from_str(own).into_iter::<serde::de::IgnoredAny>();
    if !own.starts_with("{\n") && !own.starts_with("{\r\n") || stream.next()?.is_err() {
        return None;
    }
    let end = start.saturating_add(stream.byte_offset());
    let behind = text.get(end..)?;
    (behind.starts_with(['\r', '\n']) && !behind.trim().is_empty()).then_some((JSON, end))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let page = Page::read(source)?;
    of_matter(&page, reading)?;
    for comment in comments(&page.text) {
        for found in embedded::labels_in(page.text.get(comment.inner.clone()).unwrap_or_default()) {
            reading.found("comment", page.place(comment.inner.start), false, found.label)?;
        }
    }
    Ok(())
}

fn of_matter(page: &Page, reading: &mut Reading) -> Result<(), LabelError> {
    let text = page.text.as_str();
    let other = other_notation(text);
    if let Some((JSON, end)) = other {
        for found in embedded::labels_in(text.get(..end).unwrap_or_default()) {
            reading.found("front matter in JSON", 0, false, found.label)?;
        }
        return Ok(());
    }
    if other.is_some() {
        let end = text.get(3..).and_then(|rest| rest.find("\n+++")).unwrap_or(text.len());
        let matter = text.get(..end.saturating_add(3)).unwrap_or(text);
        let named = matter.lines().find(|line| {
            line.split(['=', ']']).next().is_some_and(|name| is_label_name(name.trim_matches(['[', ' ', '"'])))
        });
        if let Some(line) = named {
            let value = line.split_once('=').map_or("", |(_, value)| value.trim().trim_matches('\''));
            return reading.found("front matter in TOML, AIGC", 0, false, RawLabel::parse(value));
        }
        for found in embedded::labels_in(matter) {
            reading.found("front matter in TOML", 0, false, found.label)?;
        }
        return Ok(());
    }
    let Some(matter) = matter(text) else { return Ok(()) };
    for found in labels(&matter.yaml) {
        // A key in small letters is told by the label itself.
        let is_own = is_label_name(&found.name) && !found.lines.is_empty();
        let name = if is_own { WRAPPER } else { &found.name };
        let at = page.place(matter.from.saturating_add(found.at));
        reading.found(format!("front matter, {name}"), at, is_own, found.label)?;
    }
    Ok(())
}

/// A comment: what stands in it, and the stretch that goes with all of it.
struct Comment {
    inner: Range<usize>,
    whole: Range<usize>,
}

/// The comments of a page, outside of blocks of code.
fn comments(text: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    let (mut at, mut is_code, mut open) = (0_usize, false, None);
    for line in text.split_inclusive('\n') {
        let is_fence = open.is_none() && (line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~"));
        is_code ^= is_fence;
        if is_code {
            at = at.saturating_add(line.len());
            continue;
        }
        let mut from = 0_usize;
        if let Some(inner) = definition(line).filter(|_| open.is_none()) {
            let place = |n: usize| at.saturating_add(n);
            let whole = at..place(line.trim_end_matches(['\r', '\n']).len());
            found.push(Comment { inner: place(inner.start)..place(inner.end), whole });
            from = line.len();
        }
        loop {
            let rest = line.get(from..).unwrap_or_default();
            let mark = if open.is_none() { "<!--" } else { "-->" };
            let Some(place) = rest.find(mark) else { break };
            let place = at.saturating_add(from).saturating_add(place);
            from = place.saturating_add(mark.len()).saturating_sub(at);
            match open.take() {
                None => open = Some(place.saturating_add(mark.len())),
                Some(start) => {
                    let whole = start.saturating_sub("<!--".len())..place.saturating_add(mark.len());
                    found.push(Comment { inner: start..place, whole });
                }
            }
        }
        at = at.saturating_add(line.len());
    }
    found
}

/// A comment as Markdown itself has it: the definition of a link that leads nowhere, `[//]: # (…)`. Gives where in the line it says
/// something.
fn definition(line: &str) -> Option<Range<usize>> {
    let (name, rest) = line.split_once("]:")?;
    let rest = rest.trim_start();
    let rest = ["<#>", "<>", "#"].iter().find_map(|target| rest.strip_prefix(target))?.trim_start();
    let close = match rest.chars().next()? {
        '(' => ')',
        quote @ ('"' | '\'') => quote,
        _ => return None,
    };
    let from = line.len().saturating_sub(rest.len()).saturating_add(1);
    let to = line.trim_end().strip_suffix(close)?.len();
    (name.trim_start().starts_with('[') && from <= to).then_some(from..to)
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let page = Page::read(source)?;
    let text = page.text.as_str();
    if let Some((notation, _)) = other_notation(text) {
        let what = format!("the front matter is written in {notation}");
        return Err(LabelError::Unsupported {
            container: Container::Markdown,
            what,
            fix: "write it in YAML, between lines `---`",
        });
    }
    let mut edits = Edits::default();
    for comment in comments(text) {
        strip_comment(&page, &comment, &mut edits);
    }
    let Some(matter) = matter(text) else {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let put = format!("{MARK}{newline}{}{MARK}{newline}{newline}", mapping(label, newline));
        edits.insert(page.place(start_of(text)), put.into_bytes());
        return Ok(edits);
    };
    let place = |at: usize| page.place(matter.from.saturating_add(at));
    for (from, to) in labels(&matter.yaml).into_iter().flat_map(|found| found.lines) {
        edits.remove(place(from), place(to));
    }
    edits.insert(page.place(matter.to), mapping(label, matter.newline).into_bytes());
    Ok(edits)
}

/// Takes the labels out of a comment, and the comment with them where nothing else stands in it.
fn strip_comment(page: &Page, Comment { inner, whole }: &Comment, edits: &mut Edits) {
    let (from, to) = match embedded::without_labels("", page.text.get(inner.clone()).unwrap_or_default()) {
        Remainder::Unchanged => return,
        Remainder::Text(rest) if !super::html::is_heading(rest.as_bytes()) => {
            let put = encoding::encode(&rest, page.encoding);
            return edits.replace(page.place(inner.start), page.place(inner.end), put);
        }
        Remainder::Text(_) | Remainder::Nothing => (whole.start, whole.end),
    };
    let rest = page.text.get(to..).unwrap_or_default();
    let newline = ["\r\n", "\n"].into_iter().find(|newline| rest.starts_with(newline)).unwrap_or_default();
    let is_own_line = page.text.get(..from).is_none_or(|before| before.is_empty() || before.ends_with('\n'));
    let to = if is_own_line { to.saturating_add(newline.len()) } else { to };
    edits.remove(page.place(from), page.place(to));
}

/// The label as a mapping.
fn mapping(label: &Label, newline: &str) -> String {
    let fields: String =
        label.fields().iter().map(|(key, value)| format!("  {key}: \"{}\"{newline}", escaped(value))).collect();
    format!("{WRAPPER}:{newline}{fields}")
}
