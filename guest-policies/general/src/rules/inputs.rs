//! Art. 11: inputs and usage records are protected, kept no longer than needed, given to nobody without a basis, and persons
//! get their answer in time.

use specialis_policy::doubt::{may_be, said, surely};
use specialis_policy::facts::DataHandlingFacts;
use specialis_policy::{Case, Finding, Level, Measure, Rule};

use super::im;

const IM11: Rule = Rule::new("IM11", "im.art11.inputs", im("11"));
/// The same rule on what persons ask for.
const REQUESTS: Rule = IM11.on_duty("im.art11.requests");

const REQUEST: [&str; 5] = ["access", "copy", "correct", "supplement", "delete"];
/// What law lets a disclosure rest on.
const BASES: [&str; 3] = ["consent", "separate-consent", "legal-duty"];

/// Art. 11 on what is done with inputs and usage records. An operation that nobody knows may be each of them.
pub(super) fn judge(case: &Case, findings: &mut Vec<Finding>) {
    if let Some(tool) = case.tool() {
        // A tool gets what the user wrote.
        findings.push(if tool.authorized == Some(true) {
            IM11.met()
        } else {
            IM11.require(Level::Warn, "tool-not-allowed").measure(Measure::new("remind").id("kind", "verify"))
        });
        return;
    }
    let Some(handling) = case.data_handling() else { return };
    let may = |operations: &[&str]| may_be(handling.operation.as_deref(), operations);
    let before = findings.len();
    if may(&["collect"]) && !is_needed(handling) {
        findings.push(IM11.require(Level::Stop, "more-than-needed"));
    }
    if may(&["retain"]) {
        findings.extend(retained(case, handling));
    }
    if may(&["disclose"]) && said(handling.recipient.as_deref()) != Some("the-person") && !has_basis(handling) {
        findings.push(IM11.require(Level::Stop, "no-basis-for-disclosure"));
    }
    if findings.len() == before && may(&["collect", "retain", "disclose"]) {
        findings.push(IM11.met());
    }
    if may(&REQUEST) {
        findings.push(match handling.requested_days_ago {
            Some(days) if i64::from(days) <= case.number("request-days") => REQUESTS.met(),
            Some(_) | None => REQUESTS
                .require(Level::Warn, "request-overdue")
                .measure(Measure::new("complaint-ticket").number("within-days", 1)),
        });
    }
}

/// Everything collected is among what the purpose needs, and there is a purpose.
fn is_needed(handling: &DataHandlingFacts) -> bool {
    let (Some(subject), Some(needed)) = (&handling.subject_matter, &handling.needed) else { return false };
    said(handling.purpose.as_deref()).is_some() && subject.iter().all(|item| needed.contains(item))
}

/// Identifying inputs and records are not kept past the limit that the provider set.
fn retained(case: &Case, handling: &DataHandlingFacts) -> Option<Finding> {
    if handling.identifying == Some(false) {
        return None;
    }
    let is_within = match (handling.retained_days, handling.retention_limit_days) {
        (Some(days), Some(limit)) => days <= limit,
        (None, _) | (_, None) => false,
    };
    let delete = Measure::new("delete").number("within-days", case.number("retention-delete-days"));
    (!is_within).then(|| IM11.require(Level::Stop, "kept-too-long").measure(delete))
}

fn has_basis(handling: &DataHandlingFacts) -> bool {
    handling.identifying == Some(false) || surely(handling.basis.as_deref(), &BASES)
}
