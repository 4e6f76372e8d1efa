//! Markdown: `AIGC` in the front matter, a mapping of YAML between two lines `---`.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::{MAX_METADATA, MAX_TEXT};
use crate::raw::{Form, RawLabel, RawValue, is_label_name};
use crate::reading::Reading;
use crate::source::{Source, wide};

const MARK: &str = "---";
/// How far the end of the front matter is looked for.
const MAX_MATTER: u64 = 1 << 20;

/// The front matter of a page.
struct Matter {
    /// Where the YAML begins, behind the first line.
    from: usize,
    /// Where it ends, before the closing line.
    to: usize,
    yaml: String,
    newline: &'static str,
}

/// The head of a page, as much as front matter may take; what follows is not looked at.
fn head(source: &mut Source<'_>) -> Result<String, LabelError> {
    if source.len() > wide(MAX_TEXT) {
        return Err(LabelError::too_large(Container::Markdown, "the page", MAX_TEXT));
    }
    let bytes = source.bytes(0, source.len().min(MAX_MATTER), MAX_METADATA, "the front matter")?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        // A character may be cut in two at the end of what was read.
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default()).into_owned()
        }
    })
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
                return Some(Matter { from, to: at, yaml, newline });
            }
            Some(_) => {}
        }
        at = at.saturating_add(line.len());
    }
    None
}

/// A label in front matter: what it says, and the lines that go when it goes. Places are in bytes of the YAML.
struct MatterLabel {
    label: RawLabel,
    from: usize,
    to: usize,
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
    let mut labels = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    let mut is_key = true;
    while let Some((event, span)) = events.get(at) {
        if depth == 1
            && is_key
            && let Event::Scalar(name, ..) = event
            && is_label_name(name)
        {
            let (label, end) = value(yaml, &places, &events, at.saturating_add(1));
            let (from, to) = lines(yaml, places.at(span.start.index()), end.1);
            labels.push(MatterLabel { label, from, to });
            at = end.0;
            continue;
        }
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
        let is_node_end =
            matches!(event, Event::Scalar(..) | Event::Alias(..) | Event::MappingEnd | Event::SequenceEnd);
        if depth == 1 {
            is_key = if is_node_end { !is_key } else { true };
        }
        at = at.saturating_add(1);
    }
    Ok(labels)
}

/// The value at an event: the label, and where the events and the bytes of it end.
fn value(yaml: &str, places: &Places, events: &[(Event<'_>, Span)], at: usize) -> (RawLabel, (usize, usize)) {
    let Some((event, span)) = events.get(at) else {
        return (RawLabel::unreadable("", 0, "it has no value"), (at, yaml.len()));
    };
    let next = at.saturating_add(1);
    let from = places.at(span.start.index());
    if let Event::Scalar(text, ..) = event {
        let end = (next, places.at(span.end.index()).max(from));
        return (RawLabel::parse(text), end);
    }
    if !matches!(event, Event::MappingStart(..)) {
        return (RawLabel::unreadable("", from, "it is no mapping and no text"), skip(places, events, at));
    }
    let end = skip(places, events, at);
    let raw = yaml.get(from..end.1).unwrap_or_default().trim_end();
    // A mapping in braces may be the very JSON that the standard asks for.
    if raw.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(raw).is_ok() {
        return (RawLabel::parse(raw), end);
    }
    let mut pairs = Vec::new();
    let mut inner = next;
    while let Some((Event::Scalar(key, ..), _)) = events.get(inner) {
        let after = inner.saturating_add(1);
        let value = match events.get(after) {
            Some((Event::Scalar(text, style, ..), _)) if *style == ScalarStyle::Plain && is_null(text) => {
                RawValue::Text(String::new())
            }
            Some((Event::Scalar(text, ..), _)) => RawValue::Text(text.to_string()),
            _ => RawValue::Other("a mapping or a list".to_owned()),
        };
        pairs.push((key.to_string(), value));
        inner = skip(places, events, after).0;
    }
    // The wrapper once more within: `AIGC: {AIGC: {...}}`.
    (RawLabel::of_pairs(raw, Form::Mapping, pairs), end)
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null")
}

/// Where the node at an event ends: the next event, and the byte.
fn skip(places: &Places, events: &[(Event<'_>, Span)], at: usize) -> (usize, usize) {
    let mut depth = 0_usize;
    for (n, (event, span)) in events.iter().enumerate().skip(at) {
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
            return (n.saturating_add(1), places.at(span.end.index()));
        }
    }
    (events.len(), places.at(usize::MAX))
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
            return Some(MatterLabel { label, from, to });
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
        None => start_of(page),
    };
    let rest = page.get(behind..).unwrap_or_default();
    let blank = rest.len().saturating_sub(rest.trim_start_matches(['\r', '\n']).len());
    behind.saturating_add(blank)
}

/// Front matter in another notation, between lines `+++` or as JSON.
fn is_other_notation(text: &str) -> bool {
    let text = text.get(start_of(text)..).unwrap_or_default();
    text.starts_with("+++\n") || text.starts_with("+++\r\n")
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let text = head(source)?;
    if is_other_notation(&text) {
        let end = text.get(3..).and_then(|rest| rest.find("\n+++")).unwrap_or(text.len());
        let matter = text.get(..end.saturating_add(3)).unwrap_or(&text);
        let named = matter.lines().find(|line| {
            line.split(['=', ']']).next().is_some_and(|name| is_label_name(name.trim_matches(['[', ' ', '"'])))
        });
        if let Some(line) = named {
            let value = line.split_once('=').map_or("", |(_, value)| value.trim().trim_matches('\''));
            return reading.found("front matter in TOML, AIGC", 0, false, RawLabel::parse(value));
        }
        return Ok(());
    }
    let Some(matter) = matter(&text) else { return Ok(()) };
    for found in labels(&matter.yaml) {
        reading.found("front matter, AIGC", wide(matter.from.saturating_add(found.from)), true, found.label)?;
    }
    Ok(())
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let text = head(source)?;
    if is_other_notation(&text) {
        let what = "the front matter is written in TOML".to_owned();
        return Err(LabelError::Unsupported {
            container: Container::Markdown,
            what,
            fix: "write it in YAML, between lines `---`",
        });
    }
    let mut edits = Edits::default();
    let Some(matter) = matter(&text) else {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let put = format!("{MARK}{newline}{}{MARK}{newline}{newline}", mapping(label, newline));
        edits.insert(wide(start_of(&text)), put.into_bytes());
        return Ok(edits);
    };
    for found in labels(&matter.yaml) {
        edits.remove(wide(matter.from.saturating_add(found.from)), wide(matter.from.saturating_add(found.to)));
    }
    edits.insert(wide(matter.to), mapping(label, matter.newline).into_bytes());
    Ok(edits)
}

/// The label as a mapping. Its characters need no escape between quotation marks.
fn mapping(label: &Label, newline: &str) -> String {
    let fields: String = label.fields().iter().map(|(key, value)| format!("  {key}: \"{value}\"{newline}")).collect();
    format!("{WRAPPER}:{newline}{fields}")
}
