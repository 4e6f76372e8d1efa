//! What the host has recorded: search, one record with its proof, how a user stands, the audit on a page, and how the ledger does.
//!
//! Whoever looks at records is recorded first.

mod audit;
mod record;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Query as FormQuery;
use axum::response::Response;
use hyper::StatusCode;
use maud::{Markup, html};
use specialis::core::{Date, Level};
use specialis_ledger::{Query, Row, Subject};

use super::page::{Viewing, short};
use crate::recorded::RecordedLedger;
use crate::serving::Problem;

pub(super) use audit::page as audit_page;
pub(super) use record::page as record_page;

const HERE: &str = "/console/ledger";
/// Rows of one page.
const ROWS: usize = 200;

/// What is searched for, as the fields of a form: an empty one says nothing.
type Fields = BTreeMap<String, String>;

pub(super) async fn page(viewing: Viewing, FormQuery(fields): FormQuery<Fields>) -> Result<Response, Problem> {
    let title = viewing.say("Ledger", "台账");
    let Some(recorded) = viewing.app.recorded() else {
        return Ok(viewing.page(HERE, title, &nothing(&viewing)));
    };
    let is_asked = fields.values().any(|value| !value.is_empty());
    let found = if is_asked {
        found(&viewing, &recorded, &fields).await?
    } else {
        html! {}
    };
    let content = html! {
        (health(&viewing, &recorded))
        (form(&viewing, &fields))
        (found)
        (audit::form(&viewing))
    };
    Ok(viewing.page(HERE, title, &content))
}

/// What is shown where the host records nowhere.
fn nothing(viewing: &Viewing) -> Markup {
    html! { p .gap { (viewing.say(
        "This server records in no ledger: nothing of what it decides can be found again, and breaches are counted nowhere. Give it one with --ledger.",
        "本服务未接入台账：决定无法事后查找，违规次数也无从计算。请用 --ledger 指定台账。",
    )) } }
}

/// How much waits, and what is durable.
fn health(viewing: &Viewing, recorded: &RecordedLedger) -> Markup {
    let health = recorded.health();
    let numbers = [
        (viewing.say("records that are signed", "已签名的记录"), health.signed),
        (viewing.say("records that wait to be written", "等待写入的记录"), wide(health.n_queued)),
        (viewing.say("durable records that wait for a signature", "已落盘、等待签名的记录"), wide(health.n_unsigned)),
        (viewing.say("records that were not kept since the start", "启动以来未留存的记录"), health.n_dropped),
        (
            viewing.say("changes of standings that wait for their store", "等待写入状态存储的改动"),
            health.n_standing_waiting,
        ),
    ];
    html! {
        section {
            h2 { (viewing.say("How it does", "运行状况")) }
            @if let Some(why) = &health.stopped {
                p .gap role="alert" { (viewing.say("It stopped writing, and everything that must be recorded is a stop: ", "已停止写入，凡须留存的一律停止：")) (why) }
            }
            table { tbody { @for (name, n) in numbers { tr { th scope="row" { (name) } td { (n) } } } } }
        }
    }
}

fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn form(viewing: &Viewing, fields: &Fields) -> Markup {
    let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let texts = [
        ("subject", viewing.say("User (pseudonym)", "用户（假名）"), "text"),
        ("tenant", viewing.say("Tenant of the user", "用户所属租户"), "text"),
        ("session", viewing.say("Session", "会话"), "text"),
        ("id", viewing.say("Decision", "决定编号"), "text"),
        ("from", viewing.say("From", "起"), "date"),
        ("to", viewing.say("To", "止"), "date"),
        ("duty", viewing.say("Duty", "义务"), "text"),
        ("policy", viewing.say("Policy", "策略"), "text"),
    ];
    let ticks = [
        ("undone", viewing.say("only what is undone", "仅未履行")),
        ("overdue", viewing.say("only what is overdue", "仅逾期")),
    ];
    html! {
        section {
            h2 { (viewing.say("Search", "查找")) }
            p .fine { (viewing.say(
                "Each search is recorded: who, what was asked for, how many records were shown.",
                "每次查找均留存记录：何人、查找内容、显示条数。",
            )) }
            form .filters method="get" action=(HERE) role="search" {
                @for (name, label, kind) in texts { label { (label) input type=(kind) name=(name) value=(value(name)); } }
                label { (viewing.say("Verdict at least", "结论不低于"))
                    select name="verdict" {
                        option value="" { (viewing.say("any", "全部")) }
                        @for level in Level::ALL {
                            option value=(level.as_str()) selected[level.as_str() == value("verdict")] { (super::level_word(*level, viewing.lang)) }
                        }
                    }
                }
                @for (name, label) in ticks {
                    label { input type="checkbox" name=(name) value="yes" checked[!value(name).is_empty()]; " " (label) }
                }
                button { (viewing.say("Show", "显示")) }
            }
        }
    }
}

/// The user that a form names.
fn subject(fields: &Fields) -> Option<Subject> {
    let pseudonym = fields.get("subject").filter(|name| !name.is_empty())?.clone();
    Some(Subject { tenant: fields.get("tenant").cloned().unwrap_or_default(), pseudonym })
}

/// The query of a form.
fn query(recorded: &RecordedLedger, fields: &Fields) -> Result<Query, Problem> {
    let text = |name: &str| fields.get(name).filter(|value| !value.is_empty()).cloned();
    let day = |name: &str| {
        let wrong = |_| Problem::unreadable(format!("`{name}` is no day; write one like 2026-11-30"));
        text(name).map(|day| day.parse::<Date>().map_err(wrong)).transpose()
    };
    let subjects = match subject(fields) {
        Some(subject) => {
            let tags = recorded.ledger().tags(&subject).map_err(|error| Problem::failed(error.to_string()))?;
            if tags.is_empty() {
                return Err(Problem::unreadable("no record has a user yet; leave `subject` out".to_owned()));
            }
            tags
        }
        None => Vec::new(),
    };
    let (is_undone, is_overdue) = (text("undone").is_some(), text("overdue").is_some());
    Ok(Query {
        subjects,
        session: text("session"),
        id: text("id"),
        from: day("from")?,
        to: day("to")?,
        duty: text("duty"),
        policy: text("policy"),
        verdict: text("verdict").and_then(|word| Level::ALL.iter().find(|level| level.as_str() == word).copied()),
        is_undone: is_undone || is_overdue,
        overdue: is_overdue.then(|| recorded.today()),
        limit: ROWS,
        ..Query::default()
    })
}

/// The rows that fit, and how the user stands where one is named.
async fn found(viewing: &Viewing, recorded: &Arc<RecordedLedger>, fields: &Fields) -> Result<Markup, Problem> {
    let query = query(recorded, fields)?;
    let who = reader(viewing);
    // A user stands there as a tag, as in every record.
    let of_user = query.subjects.first().map(|tag| format!("subject={tag}"));
    let plain =
        fields.iter().filter(|(name, value)| !value.is_empty() && !["subject", "tenant"].contains(&name.as_str()));
    let asked: Vec<String> = plain.map(|(name, value)| format!("{name}={value}")).chain(of_user).collect();
    let (searched, of, subject) = (recorded.clone(), asked.join(" "), subject(fields));
    let search = move || {
        let rows = searched.search(&query).map_err(|error| error.to_string())?;
        searched.note_reading(who, of, rows.len())?;
        let standing = subject.map(|subject| searched.ledger().standing(&subject).map_err(|away| away.to_string()));
        Ok::<_, String>((rows, standing))
    };
    let (rows, standing) = viewing.app.judging.run(search).await?.map_err(Problem::failed)?;
    let names_user = standing.is_some();
    Ok(html! {
        @if let Some(standing) = standing { (standing_of(viewing, standing)) }
        (table(viewing, &rows, names_user))
    })
}

/// Who looks, as the ledger says it.
fn reader(viewing: &Viewing) -> &'static str {
    if viewing.visitor.may_change() { "console, operator" } else { "console, viewer" }
}

fn standing_of(viewing: &Viewing, standing: Result<specialis_ledger::Counts, String>) -> Markup {
    html! {
        section {
            h2 { (viewing.say("How the user stands", "该用户的违规记录状态")) }
            @match standing {
                Ok(counts) => { table { tbody {
                    @for (name, value) in [
                        (viewing.say("breaches in a row", "连续违规"), counts.consecutive.to_string()),
                        (viewing.say("breaches today", "当日违规"), counts.today.to_string()),
                        (viewing.say("breaches in all", "累计违规"), counts.total.to_string()),
                        (viewing.say("measure in force", "现行措施"), counts.measure.as_str().to_owned()),
                        (viewing.say("as of", "截至"), counts.as_of.to_string()),
                    ] { tr { th scope="row" { (name) } td { (value) } } }
                } } }
                Err(why) => { p .gap { (viewing.say("Unknown, which tightens: ", "未知，从严处理：")) (why) } }
            }
        }
    }
}

/// `names_user` says whether a user was asked for.
fn table(viewing: &Viewing, rows: &[Row], names_user: bool) -> Markup {
    html! {
        div .wide { table {
            caption { (viewing.say("Records that fit", "符合条件的记录")) " (" (rows.len()) @if rows.len() >= ROWS { "+" } ")" }
            thead { tr { @for head in [
                viewing.say("record", "记录"), viewing.say("time", "时间"), viewing.say("about", "事项"),
                viewing.say("verdict", "结论"), viewing.say("duties", "义务"), viewing.say("undone", "未履行"),
                viewing.say("due", "期限"), viewing.say("decision", "决定"),
            ] { th scope="col" { (head) } } } }
            tbody {
                @if rows.is_empty() { tr { td colspan="8" { (viewing.say("No record fits.", "没有符合条件的记录。"))
                    @if names_user { " " (viewing.say(
                        "A user belongs to a tenant where contexts name one: name it too.", "会话注明租户的，用户归属该租户，请一并填写。",
                    )) }
                } } }
                @for row in rows { tr {
                    td { a href={ (HERE) "/" (row.index) } { (row.index) } }
                    td { time datetime=(row.t) { (row.t.strftime("%F %T")) "Z" } }
                    td { (row.kind.word()) }
                    td { @if let Some(level) = row.verdict { (viewing.badge(level)) } }
                    td { @for duty in row.duties.iter().take(2) { code { (duty) } " " } @if row.duties.len() > 2 { "+" (row.duties.len() - 2) } }
                    td { @if row.n_undone() > 0 { (row.n_undone()) } }
                    td { @if let Some(due) = row.due { (due) } }
                    td { @if let Some(id) = &row.id { code { (short(id)) } } }
                } }
            }
        } }
    }
}

/// A page that says what went wrong with a record.
fn trouble(viewing: &Viewing, what: &str) -> Response {
    viewing.trouble(HERE, StatusCode::NOT_FOUND, what)
}
