//! How far a person's request or a complaint has come, against the limit for an answer. That it was received is not that it was
//! answered, and an answer after the limit is late.

use crate::facts::Progress;
use crate::{Case, Date};

/// Where a request or a complaint stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for an answer, and no limit is known to be published that says how long.
    NoLimit,
    /// It was answered, or refused with a reason, and no limit is known to be published that says whether in time.
    AnsweredWithoutLimit,
    /// It was answered, or refused with a reason, within the limit.
    Answered,
    /// It was answered or refused after the limit, or on a day that nobody knows.
    AnsweredLate,
    /// It was refused, and nobody said why.
    RefusedWithoutReason,
    /// It waits for an answer, with so many days left.
    Open(u32),
    /// It waits for an answer, and the limit has passed or may have.
    Overdue,
}

/// A complaint or an appeal against the published limit.
pub fn of_complaint(case: &Case) -> Stage {
    complaint(case, case.service().complaint_limit_days)
}

/// A complaint or an appeal against a limit in days.
pub fn of_complaint_within(case: &Case, limit: u32) -> Stage {
    complaint(case, Some(limit))
}

fn complaint(case: &Case, limit: Option<u32>) -> Stage {
    if let Some(progress) = &case.more_account().complaint {
        return of(progress, limit, case.as_of());
    }
    let account = case.account();
    let days = account.and_then(|account| account.complaint_days);
    let is_answered = account.and_then(|account| account.complaint_status.as_deref()) == Some("answered");
    match (limit, days) {
        (None, _) => {
            if is_answered {
                Stage::AnsweredWithoutLimit
            } else {
                Stage::NoLimit
            }
        }
        (Some(limit), Some(days)) if days <= limit && is_answered => Stage::Answered,
        (Some(limit), Some(days)) if days <= limit => Stage::Open(limit.saturating_sub(days)),
        (Some(_), _) => {
            if is_answered {
                Stage::AnsweredLate
            } else {
                Stage::Overdue
            }
        }
    }
}

/// A person's request on personal data, against the published limit: it alone decides. Without a word on how far it has come the
/// request waits for an answer.
pub fn of_request(case: &Case) -> Stage {
    let limit = case.more_service().request_limit_days;
    if let Some(progress) = &case.more_data_handling().request {
        return of(progress, limit, case.as_of());
    }
    let Some(limit) = limit else { return Stage::NoLimit };
    match case.data_handling().and_then(|handling| handling.requested_days_ago) {
        Some(days) if days <= limit => Stage::Open(limit.saturating_sub(days)),
        Some(_) | None => Stage::Overdue,
    }
}

fn of(progress: &Progress, limit: Option<u32>, today: Date) -> Stage {
    let last = limit.map(|limit| progress.received_on.add_days(i64::from(limit)));
    let is_refused = progress.status == "refused";
    if is_refused || progress.status == "answered" {
        let has_reason = progress.refused_because.as_deref().is_some_and(|reason| !reason.trim().is_empty());
        let Some(last) = last else {
            return if is_refused && !has_reason { Stage::RefusedWithoutReason } else { Stage::AnsweredWithoutLimit };
        };
        let is_in_time =
            progress.answered_on.is_some_and(|day| progress.received_on <= day && day <= last && day <= today);
        return match (is_refused && !has_reason, is_in_time) {
            (true, _) => Stage::RefusedWithoutReason,
            (false, true) => Stage::Answered,
            (false, false) => Stage::AnsweredLate,
        };
    }
    match last {
        None => Stage::NoLimit,
        Some(last) if progress.received_on <= today && today <= last => {
            Stage::Open(u32::try_from(today.days_until(last)).unwrap_or(0))
        }
        Some(_) => Stage::Overdue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{
        AccountFacts, DataHandlingFacts, MoreAccountFacts, MoreDataHandlingFacts, MoreServiceFacts, ServiceFacts,
    };
    use crate::testing::CaseBuilder;

    const TODAY: Date = Date::of(2026, 11, 2);

    fn progress(status: &str, received: i64, answered: Option<i64>, why: &str) -> Progress {
        let refused_because = (!why.is_empty()).then(|| why.to_owned());
        let answered_on = answered.map(|days| TODAY.add_days(days));
        Progress { status: status.to_owned(), received_on: TODAY.add_days(received), answered_on, refused_because }
    }

    #[test]
    fn an_answer_within_the_limit_settles_and_receipt_does_not() {
        let within =
            |limit, status, received, answered, why| of(&progress(status, received, answered, why), limit, TODAY);
        let stage = |status, received, answered, why| within(Some(15), status, received, answered, why);
        assert_eq!(stage("received", -3, None, ""), Stage::Open(12));
        assert_eq!(stage("accepted", -15, None, ""), Stage::Open(0));
        assert_eq!(stage("accepted", -16, None, ""), Stage::Overdue);
        assert_eq!(stage("received", 1, None, ""), Stage::Overdue);
        assert_eq!(stage("answered", -30, Some(-15), ""), Stage::Answered);
        assert_eq!(stage("answered", -30, Some(-14), ""), Stage::AnsweredLate);
        assert_eq!(stage("answered", -3, None, ""), Stage::AnsweredLate);
        assert_eq!(stage("answered", -3, Some(1), ""), Stage::AnsweredLate);
        assert_eq!(stage("refused", -3, Some(-1), "identity-not-proven"), Stage::Answered);
        assert_eq!(stage("refused", -3, Some(-1), " "), Stage::RefusedWithoutReason);
        assert_eq!(within(None, "received", -3, None, ""), Stage::NoLimit);
        assert_eq!(within(None, "answered", -3, Some(-1), ""), Stage::AnsweredWithoutLimit);
        assert_eq!(within(None, "refused", -3, Some(-1), ""), Stage::RefusedWithoutReason);
    }

    #[test]
    fn without_a_status_the_age_decides() {
        let complaint = |limit, days, status: Option<&str>| {
            let account = AccountFacts {
                complaint_days: days,
                complaint_status: status.map(str::to_owned),
                ..AccountFacts::default()
            };
            let service = ServiceFacts { complaint_limit_days: limit, ..ServiceFacts::default() };
            of_complaint(&CaseBuilder::new("account").account(account).service(service).build())
        };
        assert_eq!(complaint(None, Some(1), Some("answered")), Stage::AnsweredWithoutLimit);
        assert_eq!(complaint(None, Some(1), None), Stage::NoLimit);
        assert_eq!(complaint(Some(15), Some(3), Some("answered")), Stage::Answered);
        assert_eq!(complaint(Some(15), Some(16), Some("answered")), Stage::AnsweredLate);
        assert_eq!(complaint(Some(15), Some(3), None), Stage::Open(12));
        assert_eq!(complaint(Some(15), Some(16), None), Stage::Overdue);
        assert_eq!(complaint(Some(15), None, Some("answered")), Stage::AnsweredLate);
        let request = |days| {
            [Some(15), None].map(|request_limit_days| {
                let handling = DataHandlingFacts { requested_days_ago: days, ..DataHandlingFacts::default() };
                let published = MoreServiceFacts { request_limit_days, ..MoreServiceFacts::default() };
                let case = CaseBuilder::new("data-handling").data_handling(handling).more_service(published);
                of_request(&case.build())
            })
        };
        assert_eq!(
            [request(Some(15)), request(Some(16)), request(Some(0)), request(None)],
            [
                [Stage::Open(0), Stage::NoLimit],
                [Stage::Overdue, Stage::NoLimit],
                [Stage::Open(15), Stage::NoLimit],
                [Stage::Overdue, Stage::NoLimit],
            ]
        );
    }

    #[test]
    fn the_published_limit_alone_decides() {
        let request = |limit, received, answered| {
            let case = CaseBuilder::new("data-handling")
                .more_service(MoreServiceFacts { request_limit_days: Some(limit), ..Default::default() })
                .more_data_handling(MoreDataHandlingFacts {
                    request: Some(progress(
                        if answered { "answered" } else { "received" },
                        received,
                        answered.then_some(0),
                        "",
                    )),
                    ..MoreDataHandlingFacts::default()
                });
            of_request(&case.build())
        };
        assert_eq!(request(7, -8, false), Stage::Overdue);
        // A longer limit that was published is the limit.
        assert_eq!(request(30, -20, true), Stage::Answered);
        assert_eq!(request(30, -20, false), Stage::Open(10));
        let account = MoreAccountFacts { complaint: Some(progress("answered", -3, Some(-1), "")) };
        let service = ServiceFacts { complaint_limit_days: Some(15), ..ServiceFacts::default() };
        let case = CaseBuilder::new("account").more_account(account).service(service);
        assert_eq!(of_complaint(&case.build()), Stage::Answered);
    }
}
