//! The audit on a page: the same as in a pack, for days that are chosen.

use axum::extract::Query as FormQuery;
use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use maud::{Markup, html};
use specialis::core::{Date, Lang};
use specialis_ledger::{AuditRange, audit, audit_page};

use super::super::page::Viewing;
use super::{Fields, HERE, nothing, reader};
use crate::serving::Problem;

/// The page carries its own style, because it is the page of the pack. It loads nothing.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn form(viewing: &Viewing) -> Markup {
    html! {
        section {
            h2 { (viewing.say("Audit", "审计")) }
            form .filters method="get" action={ (HERE) "/audit" } {
                label { (viewing.say("From", "起")) input type="date" name="from" required; }
                label { (viewing.say("To", "止")) input type="date" name="to" required; }
                button { (viewing.say("Count", "统计")) }
            }
            p .fine { (viewing.say(
                "For a folder that others verify: `specialis audit` and `specialis inspection pack`.",
                "如需可由他人核验的材料，请用 specialis audit 和 specialis inspection pack。",
            )) }
        }
    }
}

pub(in crate::console) async fn page(
    viewing: Viewing,
    FormQuery(fields): FormQuery<Fields>,
) -> Result<Response, Problem> {
    let Some(recorded) = viewing.app.recorded() else {
        return Ok(viewing.page(HERE, viewing.say("Audit", "审计"), &nothing(&viewing)));
    };
    let day = |name: &str| {
        let text = fields.get(name).map(String::as_str).unwrap_or_default();
        text.parse::<Date>().map_err(|_| Problem::unreadable(format!("`{name}` is no day; write one like 2026-11-30")))
    };
    let range = AuditRange { from: day("from")?, to: day("to")?, today: recorded.today() };
    let (who, is_chinese) = (reader(&viewing), matches!(viewing.lang, Lang::Zh));
    let count = move || -> Result<String, String> {
        recorded.note_reading(who, format!("audit from {} to {}", range.from, range.to), 0)?;
        let mut reader = recorded.reader().map_err(|error| error.to_string())?;
        let mut numbers = audit(&mut reader, range).map_err(|error| error.to_string())?;
        numbers.verify(&mut reader, recorded.key()).map_err(|error| error.to_string())?;
        Ok(audit_page(&numbers, is_chinese))
    };
    let page = viewing.app.judging.run(count).await?.map_err(Problem::failed)?;
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(CONTENT_POLICY));
    Ok(response)
}
