//! Reading facts that may be unknown, always towards the side that asks for more.
//!
//! ```
//! use specialis_policy::doubt::{may_be, said, surely, surely_at_least, surely_at_most};
//!
//! assert!(may_be(None, &["news"]) && !surely(None, &["news"]));
//! assert!(may_be(Some("news"), &["news"]) && surely(Some("news"), &["news"]));
//! assert_eq!((said(Some("  ")), said(Some(" 新华社 "))), (None, Some("新华社")));
//! assert!(surely_at_most(Some(200), Some(4_000), 50) && !surely_at_most(Some(201), Some(4_000), 50));
//! assert!(surely_at_least(Some(49), Some(50), 980) && !surely_at_least(None, Some(50), 0));
//! ```

use crate::Date;
use crate::facts::{Approval, Consent};

/// Whether `part` of `whole` is surely at most so many thousandths. It is counted, not rounded: 201 of 4,000 are over 50
/// thousandths. A share of nothing is not known.
pub fn surely_at_most(part: Option<u64>, whole: Option<u64>, permille: i64) -> bool {
    share(part, whole, permille).is_some_and(|(share, limit)| share <= limit)
}

/// Whether `part` of `whole` is surely at least so many thousandths, counted and not rounded.
pub fn surely_at_least(part: Option<u64>, whole: Option<u64>, permille: i64) -> bool {
    share(part, whole, permille).is_some_and(|(share, limit)| share >= limit)
}

/// A share and its limit, both in thousandths of the whole.
fn share(part: Option<u64>, whole: Option<u64>, permille: i64) -> Option<(u128, u128)> {
    let (part, whole) = (u128::from(part?), u128::from(whole?));
    let is_share = whole > 0 && part <= whole;
    is_share.then(|| (part.saturating_mul(1_000), whole.saturating_mul(u128::try_from(permille).unwrap_or(0))))
}

/// Whether a fact is surely one of these words. Unknown is not sure.
pub fn surely(fact: Option<&str>, words: &[&str]) -> bool {
    fact.is_some_and(|fact| words.contains(&fact))
}

/// Whether a fact may be one of these words. Unknown may be.
pub fn may_be(fact: Option<&str>, words: &[&str]) -> bool {
    fact.is_none_or(|fact| words.contains(&fact))
}

/// Whether one of these words may stand in a list. An unknown list may hold any.
pub fn may_hold(list: Option<&[String]>, words: &[&str]) -> bool {
    list.is_none_or(|list| list.iter().any(|word| words.contains(&word.as_str())))
}

/// Whether one of these words surely stands in a list.
pub fn surely_holds(list: Option<&[String]>, words: &[&str]) -> bool {
    list.is_some() && may_hold(list, words)
}

/// The text of a fact, where it says something.
pub fn said(fact: Option<&str>) -> Option<&str> {
    fact.map(str::trim).filter(|text| !text.is_empty())
}

/// Whether an approval of this kind is surely there: given by somebody, by today and not before `since`.
pub fn approved(approvals: Option<&[Approval]>, kind: &str, since: Option<Date>, today: Date) -> bool {
    let counts = |approval: &Approval| {
        approval.kind == kind
            && said(Some(&approval.by)).is_some()
            && approval.on <= today
            && since.is_none_or(|since| since <= approval.on)
    };
    approvals.is_some_and(|approvals| approvals.iter().any(counts))
}

/// Whether a consent of this scope was surely given by today by one of these: `self` or `guardian`.
pub fn consented(consents: Option<&[Consent]>, scope: &str, by: &[&str], today: Date) -> bool {
    let counts =
        |consent: &Consent| consent.scope == scope && by.contains(&consent.given_by.as_str()) && consent.on <= today;
    consents.is_some_and(|consents| consents.iter().any(counts))
}
