//! A measure with its parameters, in words.

use specialis_core::{Measure, ParamValue};

pub(super) fn shown(measure: &Measure) -> String {
    let params = measure.params.iter().map(|(name, value)| match value {
        ParamValue::Number(n) => format!("{name} {n}"),
        ParamValue::Date(day) => format!("{name} {day}"),
        ParamValue::Seconds(n) => format!("{name} {n}s"),
        ParamValue::Id(id) => format!("{name} {id}"),
    });
    let params: Vec<String> = params.collect();
    if params.is_empty() { measure.id.to_string() } else { format!("{} ({})", measure.id, params.join(", ")) }
}
