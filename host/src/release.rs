//! Release: what may go out of an event's text after its decision.

use specialis_core::{Decision, Event, Level, Obligation, PolicyId, Span, TextKey, Words};

use crate::edition::Edition;

/// The text that may go out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// One entry for each part that has text; none where nothing of it may go out.
    pub parts: Vec<(u32, Option<String>)>,
}

impl Release {
    /// The text of a part, where it may go out.
    pub fn text(&self, part: u32) -> Option<&str> {
        self.parts.iter().find(|(index, _)| *index == part).and_then(|(_, text)| text.as_deref())
    }
}

/// Applies a decision to the text: stop or review first, then replacing, else masking, then what is added.
pub(crate) fn release(decision: &Decision, event: &Event, edition: &Edition, locale: Option<&str>) -> Release {
    let closed = decision.what_if || decision.verdict >= Level::Review;
    let english = locale.is_some_and(|locale| locale.starts_with("en"));
    let words = |policy: &PolicyId, key: &TextKey| {
        let words = Words::text(edition, policy, key)?;
        Some(if english { words.en } else { words.zh }.to_owned())
    };
    let mut replacement = None;
    let mut appended = Vec::new();
    let mut masks: Vec<Span> = Vec::new();
    let mut is_stopped = false;
    for due in &decision.obligations {
        match &due.obligation {
            Obligation::Replace(key) => replacement = replacement.or_else(|| words(&due.policy, key)),
            Obligation::Append(key) => appended.extend(words(&due.policy, key)),
            Obligation::Redact(span) => masks.push(*span),
            Obligation::Stop => is_stopped = true,
            Obligation::Measure(_) => {}
        }
    }
    masks.sort();
    let parts = event.parts.iter().zip(0_u32..).filter_map(|(part, index)| {
        let text = part.text.as_deref()?;
        let shown = part.shown.unwrap_or(true);
        if closed || is_stopped {
            return Some((index, None));
        }
        let mut out = match &replacement {
            Some(replacement) if shown => replacement.clone(),
            Some(_) | None => mask(text, masks.iter().filter(|span| span.part == index), &edition.redaction),
        };
        if shown {
            appended.iter().for_each(|more| {
                out.push('\n');
                out.push_str(more);
            });
        }
        Some((index, Some(out)))
    });
    Release { parts: parts.collect() }
}

/// The text with stretches masked; those that overlap or touch are masked as one.
fn mask<'a>(text: &str, spans: impl Iterator<Item = &'a Span>, redaction: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0_usize;
    let mut masked_to = None;
    for span in spans {
        let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end)) else { continue };
        if masked_to.is_none_or(|to| start > to) {
            out.push_str(text.get(at..start).unwrap_or_default());
            out.push_str(redaction);
        }
        at = at.max(end);
        masked_to = Some(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32) -> Span {
        Span { part: 0, start, end }
    }

    #[test]
    fn masked_text_never_contains_the_original() {
        let text = "电话13800138000，请回";
        assert_eq!(mask(text, [span(6, 17)].iter(), "■"), "电话■，请回");
    }

    #[test]
    fn overlapping_and_touching_stretches_are_masked_once() {
        assert_eq!(mask("abcdefgh", [span(1, 3), span(2, 5), span(5, 6)].iter(), "*"), "a*gh");
        assert_eq!(mask("abcdefgh", [span(0, 8), span(2, 3)].iter(), "*"), "*");
        assert_eq!(mask("abcdefgh", [span(0, 1), span(3, 4)].iter(), "*"), "*bc*efgh");
    }
}
