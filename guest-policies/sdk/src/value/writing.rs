//! Writing findings. The numbers are the places of fields and cases in the contract.

use minicbor::Encoder;

use crate::measure::{Measure, ParamValue};
use crate::{Answer, Cite, Date, Demand, Finding, Level, Obligation, Span};

/// Findings as the value that a call hands over.
pub(crate) fn encoded(findings: &[Finding]) -> Vec<u8> {
    let mut to = Writer(Encoder::new(Vec::new()));
    to.list(findings, Writer::finding);
    to.0.into_writer()
}

// INVARIANT: writing into memory does not fail.
struct Writer(Encoder<Vec<u8>>);

impl Writer {
    fn map(&mut self, n_fields: u64) {
        let _ = self.0.map(n_fields);
    }

    fn place(&mut self, place: u8) {
        let _ = self.0.u8(place);
    }

    fn text(&mut self, text: &str) {
        let _ = self.0.str(text);
    }

    fn list<T>(&mut self, elements: &[T], mut write: impl FnMut(&mut Self, &T)) {
        let _ = self.0.array(u64::try_from(elements.len()).unwrap_or(u64::MAX));
        elements.iter().for_each(|element| write(self, element));
    }

    /// Begins a case that carries a value.
    fn case(&mut self, place: u8) {
        let _ = self.0.array(2);
        self.place(place);
    }

    fn finding(&mut self, finding: &Finding) {
        let kinds = finding.kinds();
        self.map(if kinds.is_empty() { 3 } else { 4 });
        self.place(0);
        self.text(finding.duty());
        self.place(1);
        self.text(finding.rule());
        self.place(2);
        self.answer(finding.answer());
        if !kinds.is_empty() {
            self.place(3);
            self.list(kinds, |to, kind| to.text(kind));
        }
    }

    fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::NotApplicable(reason) => {
                self.case(0);
                self.text(reason);
            }
            Answer::Met(cite) => {
                self.case(1);
                self.cite(*cite);
            }
            Answer::Require(demand) => {
                self.case(2);
                self.demand(demand);
            }
            Answer::InsteadOf(demand) => {
                self.case(3);
                self.demand(demand);
            }
            Answer::Unknown(reason) => {
                self.case(4);
                self.text(reason);
            }
        }
    }

    fn cite(&mut self, cite: Cite) {
        self.map(2);
        self.place(0);
        self.text(cite.instrument);
        self.place(1);
        self.text(cite.article);
    }

    fn demand(&mut self, demand: &Demand) {
        self.map(5);
        self.place(0);
        self.place(level(demand.level));
        self.place(1);
        self.list(&demand.obligations, Self::obligation);
        self.place(2);
        self.list(&demand.spans, |to, span| to.span(*span));
        self.place(3);
        self.cite(demand.cite);
        self.place(4);
        self.text(demand.reason);
    }

    fn obligation(&mut self, obligation: &Obligation) {
        match obligation {
            Obligation::Redact(span) => {
                self.case(0);
                self.span(*span);
            }
            Obligation::Replace(key) => {
                self.case(1);
                self.text(key);
            }
            Obligation::Append(key) => {
                self.case(2);
                self.text(key);
            }
            Obligation::Stop => {
                let _ = self.0.array(1);
                self.place(3);
            }
            Obligation::Measure(measure) => {
                self.case(4);
                self.measure(measure);
            }
        }
    }

    fn measure(&mut self, measure: &Measure) {
        self.map(2);
        self.place(0);
        self.text(measure.name());
        self.place(1);
        self.list(measure.params(), |to, (name, value)| {
            to.map(2);
            to.place(0);
            to.text(name);
            to.place(1);
            to.param_value(value);
        });
    }

    fn param_value(&mut self, value: &ParamValue) {
        match value {
            ParamValue::Number(number) => {
                self.case(0);
                let _ = self.0.i64(*number);
            }
            ParamValue::Date(day) => {
                self.case(1);
                self.date(*day);
            }
            ParamValue::Seconds(seconds) => {
                self.case(2);
                let _ = self.0.u64(*seconds);
            }
            ParamValue::Id(id) => {
                self.case(3);
                self.text(id);
            }
        }
    }

    fn span(&mut self, span: Span) {
        self.map(3);
        for (place, number) in (0..).zip([span.part, span.start, span.end]) {
            self.place(place);
            let _ = self.0.u32(number);
        }
    }

    fn date(&mut self, day: Date) {
        self.map(3);
        self.place(0);
        let _ = self.0.i16(day.year);
        self.place(1);
        let _ = self.0.u8(day.month);
        self.place(2);
        let _ = self.0.u8(day.day);
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
