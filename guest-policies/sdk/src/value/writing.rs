//! Writing findings. The numbers are the places of fields and cases in the contract.
//!
//! The bytes are put down by hand: nearly all heads here are one byte, and a general encoder took half of the fuel of a talkative
//! call.

use crate::measure::ParamValue;
use crate::{Answer, Cite, Date, Demand, Finding, Level, Obligation, Span};

// The kinds of values, in the upper three bits of their heads.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1 << 5;
const TEXT: u8 = 3 << 5;
const ARRAY: u8 = 4 << 5;
const MAP: u8 = 5 << 5;

/// What a finding takes, often enough that the bytes rarely move.
const BYTES_PER_FINDING: usize = 192;

/// Findings as the value that a call hands over.
pub(crate) fn encoded(findings: &[Finding]) -> Vec<u8> {
    let mut to = Writer(Vec::with_capacity(findings.len().saturating_mul(BYTES_PER_FINDING)));
    to.list(findings, Writer::finding);
    to.0
}

struct Writer(Vec<u8>);

impl Writer {
    /// Bytes that are known but for a number or two.
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.0.extend_from_slice(&bytes);
    }

    /// The head of a value, in its shortest form.
    #[inline(never)]
    fn head(&mut self, kind: u8, number: u64) {
        let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
        match number {
            0..24 => self.put([kind | h]),
            24..0x100 => self.put([kind | 24, h]),
            0x100..0x1_0000 => self.put([kind | 25, g, h]),
            0x1_0000..0x1_0000_0000 => self.put([kind | 26, e, f, g, h]),
            0x1_0000_0000.. => self.put([kind | 27, a, b, c, d, e, f, g, h]),
        }
    }

    fn length(&mut self, kind: u8, length: usize) {
        self.head(kind, u64::try_from(length).unwrap_or(u64::MAX));
    }

    fn number(&mut self, number: i64) {
        match u64::try_from(number) {
            Ok(number) => self.head(UNSIGNED, number),
            // CBOR counts the negative ones from -1 on, so that each has one form.
            Err(_) => self.head(NEGATIVE, (-1 - number).unsigned_abs()),
        }
    }

    fn text(&mut self, text: &str) {
        self.length(TEXT, text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A field that holds a text.
    #[inline(never)]
    fn text_field(&mut self, place: u8, text: &str) {
        match u8::try_from(text.len()) {
            Ok(length @ 0..24) => self.put([place, TEXT | length]),
            Ok(length) => self.put([place, TEXT | 24, length]),
            Err(_) => {
                self.put([place]);
                self.length(TEXT, text.len());
            }
        }
        self.0.extend_from_slice(text.as_bytes());
    }

    fn list<T>(&mut self, elements: &[T], mut write: impl FnMut(&mut Self, &T)) {
        match u8::try_from(elements.len()) {
            Ok(length @ 0..24) => self.put([ARRAY | length]),
            Ok(_) | Err(_) => self.length(ARRAY, elements.len()),
        }
        elements.iter().for_each(|element| write(self, element));
    }

    fn finding(&mut self, finding: &Finding) {
        let kinds = finding.kinds();
        self.put([MAP | if kinds.is_empty() { 3 } else { 4 }]);
        self.text_field(0, finding.duty());
        self.text_field(1, finding.rule());
        self.put([2]);
        self.answer(finding.answer());
        if !kinds.is_empty() {
            self.put([3]);
            self.list(kinds, |to, kind| to.text(kind));
        }
    }

    /// A variant is an array: the place of its case, and what the case carries.
    fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::NotApplicable(reason) => {
                self.put([ARRAY | 2]);
                self.text_field(0, reason);
            }
            Answer::Met(cite) => {
                self.put([ARRAY | 2, 1]);
                self.cite(*cite);
            }
            Answer::Require(demand) => {
                self.put([ARRAY | 2, 2]);
                self.demand(demand);
            }
            Answer::InsteadOf(demand) => {
                self.put([ARRAY | 2, 3]);
                self.demand(demand);
            }
            Answer::Unknown(reason) => {
                self.put([ARRAY | 2]);
                self.text_field(4, reason);
            }
        }
    }

    fn cite(&mut self, cite: Cite) {
        self.put([MAP | 2]);
        self.text_field(0, cite.instrument);
        self.text_field(1, cite.article);
    }

    #[inline(never)]
    fn demand(&mut self, demand: &Demand) {
        self.put([MAP | 5, 0, level(demand.level), 1]);
        self.list(&demand.obligations, Self::obligation);
        self.put([2]);
        self.list(&demand.spans, |to, span| to.span(*span));
        self.put([3]);
        self.cite(demand.cite);
        self.text_field(4, demand.reason);
    }

    fn obligation(&mut self, obligation: &Obligation) {
        match obligation {
            Obligation::Redact(span) => {
                self.put([ARRAY | 2, 0]);
                self.span(*span);
            }
            Obligation::Replace(key) => {
                self.put([ARRAY | 2]);
                self.text_field(1, key);
            }
            Obligation::Append(key) => {
                self.put([ARRAY | 2]);
                self.text_field(2, key);
            }
            Obligation::Stop => self.put([ARRAY | 1, 3]),
            Obligation::Measure(measure) => {
                self.put([ARRAY | 2, 4, MAP | 2]);
                self.text_field(0, measure.name());
                self.put([1]);
                self.list(measure.params(), Self::param);
            }
        }
    }

    fn param(&mut self, (name, value): &(&str, ParamValue)) {
        self.put([MAP | 2]);
        self.text_field(0, name);
        self.put([1, ARRAY | 2]);
        match value {
            ParamValue::Number(number) => {
                self.put([0]);
                self.number(*number);
            }
            ParamValue::Date(day) => {
                self.put([1]);
                self.date(*day);
            }
            ParamValue::Seconds(seconds) => {
                self.put([2]);
                self.head(UNSIGNED, *seconds);
            }
            ParamValue::Id(id) => self.text_field(3, id),
        }
    }

    fn span(&mut self, span: Span) {
        self.put([MAP | 3]);
        for (place, number) in (0..).zip([span.part, span.start, span.end]) {
            self.put([place]);
            self.head(UNSIGNED, number.into());
        }
    }

    fn date(&mut self, day: Date) {
        self.put([MAP | 3]);
        for (place, number) in (0..).zip([i64::from(day.year), day.month.into(), day.day.into()]) {
            self.put([place]);
            self.number(number);
        }
    }
}

fn level(level: Level) -> u8 {
    match level {
        Level::Pass => 0,
        Level::Mark => 1,
        Level::Warn => 2,
        Level::Redact => 3,
        Level::Review => 4,
        Level::Stop => 5,
    }
}

#[cfg(test)]
mod tests {
    use minicbor::Encoder;

    use super::*;
    use crate::{Rule, cite};

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut to = Writer(Vec::new());
        write(&mut to);
        to.0
    }

    fn by_another(write: impl FnOnce(&mut Encoder<Vec<u8>>)) -> Vec<u8> {
        let mut to = Encoder::new(Vec::new());
        write(&mut to);
        to.into_writer()
    }

    /// Lengths and numbers on both sides of each border between the forms of a head.
    const BORDERS: [u64; 12] =
        [0, 1, 23, 24, 255, 256, 65_535, 65_536, 0xffff_ffff, 0x1_0000_0000, 0x7fff_ffff_ffff_ffff, u64::MAX];

    #[test]
    fn numbers_have_the_form_that_another_encoder_gives_them() {
        for border in BORDERS {
            let ours = written(|to| to.head(UNSIGNED, border));
            assert_eq!(ours, by_another(|to| to.u64(border).map(drop).unwrap()), "{border}");
            let Ok(number) = i64::try_from(border) else { continue };
            for number in [number, -1 - number] {
                assert_eq!(
                    written(|to| to.number(number)),
                    by_another(|to| to.i64(number).map(drop).unwrap()),
                    "{number}"
                );
            }
        }
    }

    #[test]
    fn texts_and_lists_have_the_form_that_another_encoder_gives_them() {
        for length in [0, 1, 23, 24, 255, 256, 65_535, 65_536] {
            let text = "a".repeat(length);
            let other = |to: &mut Encoder<Vec<u8>>| to.str(&text).map(drop).unwrap();
            assert_eq!(written(|to| to.text(&text)), by_another(other), "{length}");
            let field = |to: &mut Encoder<Vec<u8>>| to.u8(4).unwrap().str(&text).map(drop).unwrap();
            assert_eq!(written(|to| to.text_field(4, &text)), by_another(field), "{length}");
            let list = |to: &mut Encoder<Vec<u8>>| {
                to.array(u64::try_from(length).unwrap()).unwrap();
                (0..length).for_each(|_| to.u8(7).map(drop).unwrap());
            };
            assert_eq!(written(|to| to.list(&vec![7; length], |to, one| to.put([*one]))), by_another(list), "{length}");
        }
    }

    #[test]
    fn more_findings_than_have_room_are_written_whole() {
        let long = "an article of more than two hundred and fifty-six letters ".repeat(5);
        let cited = cite("IM", long.leak());
        let findings = vec![Rule::new("R1", "im.art9", cited).met(); 300];
        let bytes = encoded(&findings);
        let n_each = encoded(&findings[..1]).len() - 1;
        // An array of three hundred has a head of three bytes, one of a single finding a head of one.
        assert_eq!(bytes.len(), 3 + 300 * n_each);
        assert_eq!(bytes.get(..3), Some(&[ARRAY | 25, 1, 44][..]));
    }
}
