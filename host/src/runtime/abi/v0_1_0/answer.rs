//! Answers of guests that hand over typed findings, as the bytes that others hand over. So there is one way to read an answer, to
//! check it and to know it again.

use super::types;
use crate::runtime::abi::value::{Writer, Written};

impl Written for types::Level {
    fn write(&self, to: &mut Writer) {
        to.number(match self {
            types::Level::Pass => 0,
            types::Level::Mark => 1,
            types::Level::Warn => 2,
            types::Level::Redact => 3,
            types::Level::Review => 4,
            types::Level::Stop => 5,
        });
    }
}

impl Written for types::ParamValue {
    fn write(&self, to: &mut Writer) {
        match self {
            types::ParamValue::Number(number) => carrying(to, 0, number),
            types::ParamValue::Date(day) => carrying(to, 1, day),
            types::ParamValue::Seconds(seconds) => carrying(to, 2, seconds),
            types::ParamValue::Id(id) => carrying(to, 3, id),
        }
    }
}

impl Written for types::Obligation {
    fn write(&self, to: &mut Writer) {
        match self {
            types::Obligation::Redact(span) => carrying(to, 0, span),
            types::Obligation::Replace(key) => carrying(to, 1, key),
            types::Obligation::Append(key) => carrying(to, 2, key),
            types::Obligation::Stop => to.case(3, false),
            types::Obligation::Measure(measure) => carrying(to, 4, measure),
        }
    }
}

impl Written for types::Answer {
    fn write(&self, to: &mut Writer) {
        match self {
            types::Answer::NotApplicable(reason) => carrying(to, 0, reason),
            types::Answer::Met(cite) => carrying(to, 1, cite),
            types::Answer::Require(demand) => carrying(to, 2, demand),
            types::Answer::InsteadOf(demand) => carrying(to, 3, demand),
            types::Answer::Unknown(reason) => carrying(to, 4, reason),
        }
    }
}

fn carrying(to: &mut Writer, case: u32, value: &impl Written) {
    to.case(case, true);
    value.write(to);
}
