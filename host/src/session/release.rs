//! What may go out of an event's text.

use std::collections::BTreeMap;

use specialis_core::{Decision, EventKind, Level, Measure, Obligation, ParamValue, Part, Registry, Span, Words};
use specialis_text::{Form, Masking};

use super::scan::form;
use crate::runtime::Edition;

/// The text that may go out. Of a stream it is what may go out now, after what went out before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// One entry for each part that has text, by the number of the part; `None` where nothing of it may go out.
    pub parts: Vec<(u32, Option<String>)>,
}

impl Release {
    /// The text of a part, where it may go out.
    pub fn text(&self, part: u32) -> Option<&str> {
        let found = self.parts.binary_search_by_key(&part, |(index, _)| *index).ok()?;
        self.parts.get(found).and_then(|(_, text)| text.as_deref())
    }

    /// Nothing of it.
    pub(super) fn withheld(self) -> Self {
        Self { parts: self.parts.into_iter().map(|(part, _)| (part, None)).collect() }
    }
}

/// What a decision asks the host to do with the text of its parts.
#[derive(Clone, Debug, Default)]
pub(super) struct EventActions {
    masks: BTreeMap<u32, Vec<Span>>,
    /// Concerns parts that the user sees.
    of_shown: TextActions,
}

/// What is done with the text of one part beside masking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextActions {
    /// What is given in place of the text.
    pub(super) replacement: Option<String>,
    /// Explicit labels that stand at the end of the text itself.
    labels: Vec<String>,
    /// What is added to it.
    appended: Vec<String>,
}

/// The explicit label that a measure puts at the end of an output's text. The host adds it, also where the text was cut off.
/// Any other place, such as an interface, and any other medium is the platform's.
///
/// Its words are the `mark` that the registry has for the measure's `text`.
pub(super) fn text_label(registry: &Registry, kind: EventKind, measure: &Measure) -> Option<String> {
    let id = |name: &str| match measure.params.get(name) {
        Some(ParamValue::Id(id)) => Some(id.as_str()),
        Some(ParamValue::Number(_) | ParamValue::Date(_) | ParamValue::Seconds(_)) | None => None,
    };
    let is_here = kind == EventKind::Output && measure.id.as_str() == "label-explicit" && id("place") == Some("end");
    let words = registry.words.get(id("text").filter(|_| is_here)?)?;
    words.mark.as_ref().map(|mark| format!("（{mark}）"))
}

impl EventActions {
    /// What a decision asks for.
    pub(super) fn of(decision: &Decision, edition: &Edition, locale: Option<&str>) -> Self {
        let english = locale.is_some_and(|locale| locale.starts_with("en"));
        let mut masks: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
        let mut actions = TextActions::default();
        for due in &decision.obligations {
            let words = |key| {
                let words = Words::text(edition, &due.policy, key)?;
                Some(if english { words.en } else { words.zh }.to_owned())
            };
            match &due.obligation {
                Obligation::Replace(key) => actions.replacement = actions.replacement.take().or_else(|| words(key)),
                Obligation::Append(key) => actions.appended.extend(words(key)),
                Obligation::Redact(span) => masks.entry(span.part).or_default().push(*span),
                Obligation::Measure(measure) => {
                    let label = text_label(edition.registry(), decision.kind, measure);
                    actions.labels.extend(label.filter(|label| !actions.labels.contains(label)));
                }
                Obligation::Stop => {}
            }
        }
        Self { masks, of_shown: actions }
    }

    /// What is done with the text of a part beside masking. What is replaced concerns parts that the user sees; what is added
    /// behind concerns those of them that are the answer itself. Behind the arguments of a tool it would break them, and
    /// reasoning ends where the answer begins.
    pub(super) fn on(&self, part: &Part) -> TextActions {
        if !part.shown.unwrap_or(true) {
            return TextActions::default();
        }
        let mut actions = self.of_shown.clone();
        if part.channel.as_deref() == Some("reasoning") || form(part) == Form::Json {
            actions.labels.clear();
            actions.appended.clear();
        }
        actions
    }

    /// The stretches of a part to mask.
    pub(super) fn masks(&self, part: u32) -> &[Span] {
        self.masks.get(&part).map_or(&[], Vec::as_slice)
    }
}

impl TextActions {
    /// What is added behind a text: labels that do not stand there already, then what is appended, a line each.
    pub(super) fn tail(&self, text: &str) -> String {
        let labels = self.labels.iter().filter(|label| !text.trim_end().ends_with(label.as_str())).cloned();
        labels.chain(self.appended.iter().map(|more| format!("\n{more}"))).collect()
    }
}

/// What may go out of one part that is whole. `level` is the part's own.
pub(super) fn release_part(
    decision: &Decision,
    level: Level,
    (actions, masks): (&TextActions, &[Span]),
    (text, form): (&str, Form),
    redaction: &str,
) -> Option<String> {
    if decision.what_if || !decision.unsupported.is_empty() || level == Level::Review {
        return None;
    }
    let mut out = match &actions.replacement {
        Some(replacement) => replacement.clone(),
        None if level == Level::Stop => return None,
        None => MaskedText::written_in(form).release_to(text, text.len(), &Masks::of(masks), redaction),
    };
    out.push_str(&actions.tail(text));
    Some(out)
}

/// Stretches of one part to mask; those that overlap or touch are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Masks(BTreeMap<usize, usize>);

impl Masks {
    pub(super) fn of(spans: &[Span]) -> Self {
        let mut masks = Self::default();
        spans.iter().for_each(|span| masks.add(span));
        masks
    }

    pub(super) fn add(&mut self, span: &Span) {
        let (mut start, mut end) = bounds(span);
        if let Some((&before, &to)) = self.0.range(..=start).next_back()
            && to >= start
        {
            (start, end) = (before, end.max(to));
        }
        while let Some((&next, &to)) = self.0.range(start..=end).next() {
            self.0.remove(&next);
            end = end.max(to);
        }
        self.0.insert(start, end);
    }

    /// Whether all of a span is masked.
    pub(super) fn cover(&self, span: &Span) -> bool {
        let (start, end) = bounds(span);
        self.0.range(..=start).next_back().is_some_and(|(_, to)| *to >= end)
    }

    /// The stretches that end after a place, in order.
    fn after(&self, at: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = self.0.range(..=at).next_back().filter(|(_, to)| **to > at);
        first.into_iter().chain(self.0.range(at.saturating_add(1)..)).map(|(start, end)| (*start, *end))
    }
}

/// The bounds of a span. What does not fit is past every text.
fn bounds(span: &Span) -> (usize, usize) {
    (usize::try_from(span.start).unwrap_or(usize::MAX), usize::try_from(span.end).unwrap_or(usize::MAX))
}

/// How far the text of one part has gone out, masked where it has to be.
#[derive(Clone, Debug, Default)]
pub(super) struct MaskedText {
    /// How many bytes of the original were passed.
    pub(super) at: usize,
    masking: Masking,
}

impl MaskedText {
    /// Nothing of a text that is written in this form.
    pub(super) fn written_in(form: Form) -> Self {
        Self { at: 0, masking: Masking::new(form) }
    }

    /// Releases the text up to `to`, with stretches masked; those that overlap or touch are masked as one.
    pub(super) fn release_to(&mut self, text: &str, to: usize, masks: &Masks, redaction: &str) -> String {
        let mut out = String::new();
        for (start, end) in masks.after(self.at) {
            if start >= to {
                break;
            }
            self.pass_to(text, start, &mut out);
            let end = end.min(to);
            out.push_str(&self.masking.mask(text.get(self.at..end).unwrap_or_default(), redaction));
            self.at = self.at.max(end);
        }
        self.pass_to(text, to, &mut out);
        out
    }

    /// Releases the text up to `to` as it is.
    fn pass_to(&mut self, text: &str, to: usize, out: &mut String) {
        if let Some(kept) = text.get(self.at..to) {
            self.masking.pass(kept);
            out.push_str(kept);
            self.at = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32) -> Span {
        Span { part: 0, start, end }
    }

    fn mask(text: &str, masks: &[Span], redaction: &str) -> String {
        MaskedText::default().release_to(text, text.len(), &Masks::of(masks), redaction)
    }

    #[test]
    fn text_is_that_of_the_part_wherever_it_stands_among_others() {
        let text = |part: u32| part.is_multiple_of(2).then(|| format!("text {part}"));
        let release = Release { parts: (0..100).map(|part| (part * 3, text(part))).collect() };
        for part in 0..100 {
            assert_eq!(release.text(part * 3), text(part).as_deref());
            assert_eq!((release.text(part * 3 + 1), release.text(part * 3 + 2)), (None, None));
        }
        assert_eq!(Release::default().text(0), None);
    }

    #[test]
    fn masked_text_never_contains_the_original() {
        let text = "电话13800138000，请回";
        assert_eq!(mask(text, &[span(6, 17)], "■"), "电话■，请回");
    }

    #[test]
    fn overlapping_and_touching_stretches_are_masked_once() {
        assert_eq!(mask("abcdefgh", &[span(1, 3), span(2, 5), span(5, 6)], "*"), "a*gh");
        assert_eq!(mask("abcdefgh", &[span(0, 8), span(2, 3)], "*"), "*");
        assert_eq!(mask("abcdefgh", &[span(0, 1), span(3, 4)], "*"), "*bc*efgh");
    }

    #[test]
    fn text_that_goes_in_pieces_is_the_text_that_goes_whole() {
        let masks = Masks::of(&[span(1, 3), span(2, 5), span(5, 6), span(7, 8)]);
        for cut in 0..=8 {
            let mut masked = MaskedText::default();
            let first = masked.release_to("abcdefgh", cut, &masks, "*");
            let second = masked.release_to("abcdefgh", 8, &masks, "*");
            assert_eq!(first + &second, "a*g*", "{cut}");
        }
    }

    #[test]
    fn what_is_out_stays_out_and_the_rest_of_a_late_stretch_is_masked() {
        let mut masked = MaskedText::default();
        assert_eq!(masked.release_to("abcdefgh", 3, &Masks::default(), "*"), "abc");
        assert_eq!(masked.release_to("abcdefgh", 8, &Masks::of(&[span(1, 5)]), "*"), "*fgh");
    }

    #[test]
    fn masks_cover_what_they_cover_together() {
        let masks = Masks::of(&[span(4, 6), span(0, 2), span(2, 4), span(8, 9)]);
        assert!(masks.cover(&span(1, 6)) && masks.cover(&span(8, 9)));
        assert!(!masks.cover(&span(5, 7)) && !masks.cover(&span(6, 9)) && !masks.cover(&span(7, 8)));
    }
}
