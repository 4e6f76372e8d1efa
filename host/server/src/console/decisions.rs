//! What was decided lately, content-free, and one decision in words.

use axum::extract::{Path, Query};
use axum::response::Response;
use hyper::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use specialis::core::{Lang, Level, Status};

use super::page::{Viewing, json, printed, short};
use crate::serving::{Problem, Recent, Seen};

const HERE: &str = "/console/decisions";
/// Rows of one page.
const ROWS: usize = 100;

/// Which decisions are shown. An empty field says nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    verdict: String,
    duty: String,
    sector: String,
    policy: String,
    /// Whether the rows alone are wanted.
    rows: String,
}

impl Filter {
    fn shows(&self, seen: &Seen) -> bool {
        let decision = &seen.decision;
        let asked = || decision.duties.iter().filter(|duty| duty.level > Level::Pass);
        let sectors = decision.sectors.iter().filter(|(_, sector)| sector.status == Status::Yes);
        let findings = asked().flat_map(|duty| &duty.findings).filter(|finding| finding.counts());
        has(&self.verdict, std::iter::once(decision.verdict.as_str()))
            && has(&self.duty, asked().map(|duty| duty.duty.as_str()))
            && has(&self.sector, sectors.map(|(id, _)| id.as_str()))
            && has(&self.policy, findings.map(|finding| finding.policy.as_str()))
    }
}

/// Whether a wanted id is among those that are there; an empty one always is.
fn has<'a>(wanted: &str, mut there: impl Iterator<Item = &'a str>) -> bool {
    wanted.is_empty() || there.any(|it| it == wanted)
}

pub(super) async fn page(viewing: Viewing, Query(filter): Query<Filter>) -> Response {
    let seen = viewing.app.metrics.recent.all();
    let rows = rows(&viewing, seen.iter().filter(|seen| filter.shows(seen)).take(ROWS));
    if !filter.rows.is_empty() {
        return axum::response::IntoResponse::into_response(axum::response::Html(printed(rows)));
    }
    let content = html! {
        p { (viewing.say(
            "The last decisions of this server since it started. No text, no user: ids, levels and places alone.",
            "本服务启动以来最近的决定。不含文本和使用者，只有编号、级别和位置。",
        )) " " (viewing.app.metrics.recent.n_seen()) " " (viewing.say("in all.", "项。")) }
        (filters(&viewing, &filter, &seen))
        p { label { input #live type="checkbox" checked; " " (viewing.say("Keep up to date", "自动更新")) } }
        p #said .quiet role="status" aria-live="polite" {}
        div .wide {
            table {
                caption { (viewing.say("Decisions, the newest first", "决定，最新在前")) }
                thead { tr {
                    @for head in [
                        viewing.say("time", "时间"), viewing.say("decision", "决定"), viewing.say("kind", "事件"),
                        viewing.say("verdict", "结论"), viewing.say("decided on", "决定于"),
                        viewing.say("due", "须履行"), viewing.say("faults", "故障"),
                    ] { th scope="col" { (head) } }
                } }
                tbody #rows data-rows=(format!("{HERE}?rows=1&{}", query(&filter))) { (rows) }
            }
        }
    };
    viewing.page(HERE, viewing.say("Decisions", "决定"), &content)
}

fn query(filter: &Filter) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in
        [("verdict", &filter.verdict), ("duty", &filter.duty), ("sector", &filter.sector), ("policy", &filter.policy)]
    {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

fn filters(viewing: &Viewing, filter: &Filter, seen: &[Seen]) -> Markup {
    let edition = viewing.app.host.edition();
    let verdicts: Vec<&str> = Level::ALL.iter().map(|level| level.as_str()).collect();
    let mut duties: Vec<String> =
        seen.iter().flat_map(|seen| seen.decision.duties.iter()).map(|duty| duty.duty.to_string()).collect();
    duties.sort();
    duties.dedup();
    let sectors: Vec<&str> = edition.sectors().map(|sector| sector.as_str()).collect();
    let policies = edition.policies();
    let policies: Vec<&str> = policies.iter().map(|policy| policy.id.as_str()).collect();
    let duties: Vec<&str> = duties.iter().map(String::as_str).collect();
    let fields = [
        ("verdict", viewing.say("Verdict", "结论"), &verdicts, &filter.verdict),
        ("duty", viewing.say("Duty", "义务"), &duties, &filter.duty),
        ("sector", viewing.say("Sector", "领域"), &sectors, &filter.sector),
        ("policy", viewing.say("Policy", "策略"), &policies, &filter.policy),
    ];
    html! {
        form .filters method="get" action=(HERE) role="search" {
            @for (name, label, values, chosen) in fields {
                label { (label)
                    select name=(name) {
                        option value="" { (viewing.say("any", "全部")) }
                        @for value in values { option value=(value) selected[value == chosen] { (value) } }
                    }
                }
            }
            button { (viewing.say("Show", "显示")) }
        }
    }
}

fn rows<'a>(viewing: &Viewing, seen: impl Iterator<Item = &'a Seen>) -> Markup {
    let mut seen = seen.peekable();
    html! {
        @if seen.peek().is_none() {
            tr { td colspan="7" { (viewing.say("Nothing was decided yet that fits.", "尚无符合条件的决定。")) } }
        }
        @for one in seen {
            @let decision = &one.decision;
            tr {
                td { time datetime=(one.at.strftime("%FT%T%:z")) { (one.at.strftime("%F %T")) } }
                td { a href={ (HERE) "/" (decision.id) } { code { (short(&decision.id)) } } }
                td { (decision.kind.as_str()) }
                td { (viewing.badge(decision.verdict)) }
                td { @if let Some(decisive) = &decision.decisive { (decisive.duty) " (" (decisive.policy) ")" } }
                td { (decision.obligations.len()) }
                td { (Recent::n_faults(decision)) }
            }
        }
    }
}

pub(super) async fn one(viewing: Viewing, Path(id): Path<String>) -> Result<Response, Problem> {
    let Some(seen) = viewing.app.metrics.recent.find(&id) else {
        let gone = viewing.say(
            "This decision is not among the last ones any more; look it up in the ledger by its id.",
            "该决定已不在最近的决定之中；请凭编号在台账中查询。",
        );
        return Ok(viewing.trouble(HERE, StatusCode::NOT_FOUND, gone));
    };
    let edition = viewing.app.host.edition();
    let decision = seen.decision.clone();
    let is_live = decision.edition == edition.id();
    let words = move || [Lang::Zh, Lang::En].map(|lang| (lang, specialis::core::explain(&decision, &*edition, lang)));
    let explained = viewing.app.judging.run(words).await?;
    let as_json = json(&*seen.decision);
    let content = html! {
        p { (viewing.badge(seen.decision.verdict)) " " time datetime=(seen.at.strftime("%FT%T%:z")) { (seen.at.strftime("%F %T %Z")) } }
        @if !is_live { p .gap { (viewing.say(
            "It was made on another edition than the live one: the words of that one may differ.",
            "该决定作于其他版次，用语可能与现行版次不同。",
        )) } }
        div .columns {
            @for (lang, text) in &explained {
                section lang=(super::page::say(*lang, "en", "zh-CN")) {
                    h2 { (super::page::say(*lang, "In English", "中文说明")) }
                    pre .words { (text.trim_end()) }
                }
            }
        }
        details { summary { (viewing.say("As it is recorded (JSON)", "记录原文（JSON）")) } pre { (as_json) } }
        p { a href=(HERE) { (viewing.say("All decisions", "全部决定")) } }
    };
    let title = format!("{} {}", viewing.say("Decision", "决定"), short(&seen.decision.id));
    Ok(viewing.page(HERE, &title, &content))
}
