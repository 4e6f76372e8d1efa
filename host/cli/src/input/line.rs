//! One line: an event with the session, the time and the context it belongs to.

pub(super) mod words;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use specialis_core::{Context, Date, Event, EventKind, Part, Role};

/// A piece of a stream: a text of the first choice, or an object that says which choice and channel it continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Chunk {
    /// Text of the first choice.
    Text(String),
    /// Text of a choice and channel.
    Of(ChunkOf),
}

/// Text of a choice and channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ChunkOf {
    /// Which of several answers; 0 where absent.
    #[serde(default)]
    pub(crate) choice: u32,
    /// `text` where absent; others are `reasoning` and `tool-arguments`.
    #[serde(default)]
    pub(crate) channel: Option<String>,
    /// The text.
    pub(crate) text: String,
}

impl Chunk {
    /// Whether a part of the event has text of the model's own in the choice and channel that this continues.
    fn is_of(&self, part: &Part) -> bool {
        let (choice, channel) = match self {
            Self::Text(_) => (0, None),
            Self::Of(of) => (of.choice, of.channel.as_deref()),
        };
        let is_generated = part.role.is_none_or(|role| role == Role::Assistant);
        let channel_of = |channel: Option<&str>| channel.unwrap_or("text").to_owned();
        part.text.is_some()
            && is_generated
            && part.choice == choice
            && channel_of(part.channel.as_deref()) == channel_of(channel)
    }
}

/// The event of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LineEvent {
    /// An event that is whole.
    Whole(Box<Event>),
    /// Output that streams in: what is known of it at its beginning, and its pieces.
    Stream(Box<Event>, Vec<Chunk>),
}

/// A line whose outermost object could be read. What is inside is read apart, so that a bad event does not cost its session
/// the context.
pub(crate) struct Line<'a> {
    /// The session; absent is a session of its own.
    pub(crate) session: Option<String>,
    /// Whether the session ends with this line.
    pub(crate) ends: bool,
    /// The day of `time`.
    pub(crate) day: Result<Option<Date>, String>,
    context: Option<&'a RawValue>,
    event: &'a RawValue,
    chunks: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Envelope<'a> {
    #[serde(default)]
    session: Option<String>,
    #[serde(default)]
    ends: Option<bool>,
    #[serde(default)]
    time: Option<String>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow)]
    event: &'a RawValue,
    #[serde(borrow, default)]
    chunks: Option<&'a RawValue>,
}

impl<'a> Line<'a> {
    /// Reads the outermost object.
    pub(crate) fn parse(text: &'a str) -> Result<Self, String> {
        if !text.trim_start().starts_with('{') {
            serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| words::not_json(&error))?;
            return Err("not an object; write `{\"event\": …}`, see `specialis schema line`".to_owned());
        }
        let envelope: Envelope<'_> = words::read(text, words::Piece::Line)?;
        if envelope.session.as_deref() == Some("") {
            return Err("`session` is empty; give it a name or leave it out".to_owned());
        }
        let day = envelope.time.as_deref().map(day).transpose().map_err(|reason| format!("`time`: {reason}"));
        let Envelope { session, ends, context, event, chunks, .. } = envelope;
        Ok(Self { session, ends: ends.unwrap_or(false), day, context, event, chunks })
    }

    /// The context as written.
    pub(crate) fn context_text(&self) -> Option<&'a str> {
        self.context.map(RawValue::get).filter(|text| *text != "null")
    }

    /// Reads a context.
    pub(crate) fn context(text: &str) -> Result<Arc<Context>, String> {
        words::read(text, words::Piece::Context).map(Arc::new)
    }

    /// Reads the event and its chunks.
    pub(crate) fn event(&self) -> Result<LineEvent, String> {
        let event: Event = words::read(self.event.get(), words::Piece::Event)?;
        let Some(chunks) = self.chunks else { return Ok(LineEvent::Whole(Box::new(event))) };
        let chunks: Vec<Chunk> = words::read(chunks.get(), words::Piece::Chunks)?;
        if event.kind() != EventKind::Output {
            let kind = event.kind().as_str();
            return Err(format!("`chunks` stand beside an `{kind}` event; only an `output` streams"));
        }
        if let Some(n) = event.parts.iter().position(|part| chunks.iter().any(|chunk| chunk.is_of(part))) {
            return Err(format!(
                "`event.parts[{n}]` has text of its own, and `chunks` stream the text of that choice and channel; give it \
                 whole or in chunks"
            ));
        }
        Ok(LineEvent::Stream(Box::new(event), chunks))
    }
}

/// The day in Asia/Shanghai of a time, or a day as it is.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    // Asia/Shanghai has kept UTC+8 without summer time since 1991.
    let shanghai = || jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let is_day = text.len() == "2026-11-02".len();
    let day = if is_day {
        text.parse().ok()
    } else {
        text.parse::<jiff::Timestamp>().ok().map(|time| time.to_zoned_datetime(shanghai()).date().into())
    };
    day.ok_or_else(|| format!("`{text}` is no time; write it like `2026-11-02T09:00:00+08:00` or `2026-11-02`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Result<LineEvent, String> {
        Line::parse(text)?.event()
    }

    #[test]
    fn day_is_that_of_shanghai() {
        assert_eq!(day("2026-11-01T16:00:00Z"), Ok(Date::new(2026, 11, 2).unwrap()));
        assert_eq!(day("2026-11-02T23:59:59+08:00"), Ok(Date::new(2026, 11, 2).unwrap()));
        assert_eq!(day("2026-11-02"), Ok(Date::new(2026, 11, 2).unwrap()));
        assert!(day("2026-11-31").is_err());
        assert!(day("2026-11-02T09:00:00").is_err());
        assert!(day("yesterday").is_err());
    }

    #[test]
    fn messages_say_where_and_what_to_do() {
        let cases = [
            ("{\"event\":", "not JSON: EOF while parsing a value at column 9; write one object a line"),
            ("x", "not JSON: expected value at column 1; write one object a line"),
            ("[1]", "not an object; write `{\"event\": …}`, see `specialis schema line`"),
            ("{}", "missing field `event`; see `specialis schema line`"),
            (
                r#"{"session":5,"event":{}}"#,
                "`session`: invalid type: integer `5`, expected a string; see `specialis schema line`",
            ),
            (r#"{"session":"","event":{}}"#, "`session` is empty; give it a name or leave it out"),
            (
                r#"{"session":"s","ends":"yes","event":{}}"#,
                "`ends`: invalid type: string \"yes\", expected a boolean; see `specialis schema line`",
            ),
            (r#"{"event":{}}"#, "`event`: missing field `kind`; see `specialis schema event`"),
            (
                r#"{"event":{"kind":"promt"}}"#,
                "`event`: unknown event kind `promt`; nearest is `prompt`, see `specialis schema event`",
            ),
            (
                r#"{"event":{"kind":"prompt","facts":{"open-ended":"x"}}}"#,
                "`event.facts.open-ended`: invalid type: string \"x\", expected a boolean; see `specialis schema event`",
            ),
            (
                r#"{"event":{"kind":"prompt","parts":[{"choice":-1}]}}"#,
                "`event.parts[0].choice`: invalid value: integer `-1`, expected a whole number; see `specialis schema event`",
            ),
            (
                r#"{"event":{"kind":"output"},"chunks":[5]}"#,
                "`chunks[0]`: neither a text nor an object with `text`; see `specialis schema line`",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(event(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn context_is_read_with_its_path() {
        let read = Line::context(r#"{"subject":{"age":"old"}}"#);
        let message = read.unwrap_err();
        assert!(message.starts_with("`context.subject.age`: unknown variant `old`, expected one of"), "{message}");
        let message = Line::context(r#"{"subject":5}"#).unwrap_err();
        assert_eq!(
            message,
            "`context.subject`: invalid type: integer `5`, expected an object; see `specialis schema context`"
        );
        assert!(Line::context("[]").is_err());
    }

    #[test]
    fn output_streams_beside_what_is_known_of_it_and_beside_no_other_text_of_its_own() {
        let stream = event(r#"{"event":{"kind":"output"},"chunks":["a",{"choice":1,"text":"b"}]}"#).unwrap();
        let of = ChunkOf { choice: 1, channel: None, text: "b".to_owned() };
        let bare = Box::new(Event::new(EventKind::Output));
        assert_eq!(stream, LineEvent::Stream(bare, vec![Chunk::Text("a".to_owned()), Chunk::Of(of)]));
        assert!(event(r#"{"event":{"kind":"prompt"},"chunks":["a"]}"#).is_err());
        let known = r#"{"event":{"kind":"output","facts":{"task":"chat"},"parts":[{"role":"system","text":"s"},
            {"choice":1,"text":"b"}]},"chunks":["a"]}"#;
        assert!(matches!(event(known), Ok(LineEvent::Stream(event, _)) if event.parts.len() == 2));
        for twice in [
            r#"{"event":{"kind":"output","text":"a"},"chunks":["a"]}"#,
            r#"{"event":{"kind":"output","parts":[{"channel":"text","text":"a"}]},"chunks":["a"]}"#,
        ] {
            let reason = event(twice).unwrap_err();
            assert!(reason.starts_with("`event.parts[0]` has text of its own"), "{reason}");
        }
    }
}
