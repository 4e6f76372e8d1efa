//! Measures that left by the webhook: what waits, what nobody took, and what was answered.

use axum::body::Body;
use axum::response::{IntoResponse, Redirect, Response};
use hyper::Request;
use maud::{Markup, html};
use specialis::core::Outcome;

use super::page::{Viewing, short};
use crate::obligations::{Delivery, FULL, Outbox};
use crate::serving::Problem;

const HERE: &str = "/console/measures";
/// Rows of one table.
const ROWS: usize = 200;

pub(super) async fn page(viewing: Viewing) -> Response {
    let content = match viewing.app.outbox.as_deref() {
        Some(outbox) => tables(&viewing, outbox),
        None => html! { p { (viewing.say(
            "No webhook is configured: what this server does not carry out itself is undone, unless the platform settles it. Name one under webhook in the configuration.",
            "未配置 webhook：本服务自身不能落实的措施，除平台另行办结外，均计为未履行。请在配置的 webhook 一节中写明。",
        )) } },
    };
    viewing.page(HERE, viewing.say("Measures", "措施"), &content)
}

fn tables(viewing: &Viewing, outbox: &Outbox) -> Markup {
    let (waiting, undone, (answered, n_answered)) = (outbox.waiting(), outbox.undone(), outbox.lately());
    html! {
        @if outbox.is_full() { p .gap role="alert" { code { (FULL) } ": " (viewing.say(
            "as many measures are kept as may be. Those of new decisions are undone and are not sent later. See why the receiver does not answer.",
            "保存的措施已达上限。新决定的措施一律计为未履行，以后也不会发送。请查明接收方不答复的原因。",
        )) } }
        @if outbox.n_refused() > 0 { p .gap { (viewing.say("Refused since the start: ", "启动以来未能接收：")) (outbox.n_refused()) } }
        section {
            h2 { (viewing.say("Undone", "未履行")) " (" (undone.len()) ")" }
            @if undone.is_empty() { p .fine { (viewing.say("None.", "无。")) } } @else {
                p .gap { (viewing.say("Nobody took these, however often they were sent.", "多次发送，无人接收。")) }
                @if viewing.visitor.may_change() {
                    form method="post" action=(HERE) {
                        (viewing.form_token())
                        button { (viewing.say("Send them again", "重新发送")) }
                    }
                }
                (table(viewing, undone.iter().map(|delivery| (delivery, String::new()))))
            }
        }
        section {
            h2 { (viewing.say("Waiting for an answer", "等待答复")) " (" (waiting.len()) ")" }
            @if !waiting.is_empty() {
                (table(viewing, waiting.iter().map(|(delivery, n)| {
                    (delivery, format!("{} {n}", viewing.say("tries:", "已发送次数：")))
                })))
            }
        }
        section {
            h2 { (viewing.say("Answered since the start", "启动以来已答复")) " (" (n_answered) ")" }
            @if !answered.is_empty() {
                (table(viewing, answered.iter().map(|(delivery, outcome)| (delivery, said(viewing, outcome)))))
            }
        }
    }
}

fn said(viewing: &Viewing, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => viewing.say("done", "已履行").to_owned(),
        Outcome::HandedOver(to) => format!("{} {to}", viewing.say("handed over:", "已移交：")),
        Outcome::Failed(why) => format!("{} {why}", viewing.say("failed:", "未能履行：")),
    }
}

fn table<'a>(viewing: &Viewing, rows: impl Iterator<Item = (&'a Delivery, String)>) -> Markup {
    let edition = viewing.app.host.edition();
    let measures = &edition.registry().measures;
    html! {
        div .wide { table {
            thead { tr {
                th scope="col" { (viewing.say("measure", "措施")) }
                th scope="col" { (viewing.say("duty", "义务")) }
                th scope="col" { (viewing.say("decision", "决定")) }
                th scope="col" { (viewing.say("state", "状态")) }
            } }
            tbody { @for (delivery, state) in rows.take(ROWS) {
                @let entry = measures.get(&delivery.measure.id);
                tr {
                    td { (entry.map_or(delivery.measure.id.as_str(), |entry| viewing.pick(&entry.en, &entry.zh))) }
                    td { code { (delivery.duty) } }
                    td { a href={ "/console/decisions/" (delivery.decision) } { code { (short(&delivery.decision)) } } }
                    td { (state) }
                }
            } }
        } }
    }
}

/// Sends again what nobody took.
pub(super) async fn try_again(viewing: Viewing, request: Request<Body>) -> Result<Response, Problem> {
    viewing.form(request).await?;
    viewing.check_may_change()?;
    if let Some(outbox) = &viewing.app.outbox {
        outbox.try_again();
        tracing::info!("measures that were undone are sent again, by the console");
    }
    Ok(Redirect::to(HERE).into_response())
}
