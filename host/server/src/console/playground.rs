//! A text that is typed in, judged under a profile: what is found in it, what goes out, what is kept back and why; and, where it is
//! given, with a policy beside the others that is a table.
//!
//! The decision is made for a day that is given, so that nothing of it counts, is recorded, or releases anything.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use hyper::{Request, StatusCode};
use maud::{Markup, html};
use specialis::core::{Context, Date, Decision, Event, EventKind, Lang, Level, Obligation, Part};
use specialis::text::{Form, Hit, HitOrigin, Reader, Speaker};
use specialis::{Edition, Host, Session};

use super::labels::{FORM_TOKEN, Named, refusal};
use super::page::Viewing;
use super::tables::{MAX_HEAD, MAX_ROWS, TypedTable};
use crate::config::duration;
use crate::serving::{NotJudged, Problem, read_body};

const HERE: &str = "/console/playground";
/// Where files of rows are read.
pub(super) const ROWS: &str = "/console/playground/rows";
/// The longest text, in characters.
const MAX_TEXT: usize = 20_000;
/// Facts of a user about whom the platform knows all that is asked most often.
const KNOWN_USER: &str = r#"{"provider": {"origin": "mainland"}, "subject": {"age": "adult", "registered": true},
 "agreement": {"version": "1", "current-version": "1", "accepted-on": "2026-01-05",
               "clauses": ["rights-duties", "breach-measures", "labelling"]}}"#;

/// The head of a table that was not given one.
const HEAD: &str = r#"id = "my-table"
version = "0.1.0"
title = { zh = "试用的表格", en = "A table on trial" }
origin = { sector = "my-sector" }
"#;

/// What is typed in.
#[derive(Clone, Debug)]
struct Asked {
    text: String,
    is_output: bool,
    tenant: String,
    facts: String,
    table: TypedTable,
}

impl Asked {
    fn has_table(&self) -> bool {
        !self.table.rows.trim().is_empty()
    }

    /// Whether a text of it is longer than the form lets anybody type.
    fn is_too_long(&self) -> bool {
        let TypedTable { head, rows, terms, registry } = &self.table;
        let bounds =
            [(&self.text, MAX_TEXT), (rows, MAX_ROWS), (terms, MAX_ROWS), (head, MAX_HEAD), (registry, MAX_HEAD)];
        bounds.into_iter().any(|(text, most)| text.chars().count() > most)
    }
}

pub(super) async fn page(viewing: Viewing) -> Response {
    let table = TypedTable { head: HEAD.to_owned(), ..TypedTable::default() };
    let (text, tenant, facts) = (String::new(), String::new(), KNOWN_USER.to_owned());
    let asked = Asked { text, is_output: true, tenant, facts, table };
    viewing.page(HERE, viewing.say("Playground", "试用"), &form(&viewing, &asked))
}

fn form(viewing: &Viewing, asked: &Asked) -> Markup {
    let settings = viewing.app.settings();
    html! {
        p { (viewing.say(
            "Judges a text as it would be judged, and keeps nothing of it.",
            "按实际规则判定一段文本，不保存任何内容。",
        )) }
        form method="post" action=(HERE) {
            (viewing.form_token())
            label for="text" { (viewing.say("Text", "文本")) }
            textarea #text name="text" rows="5" required maxlength=(MAX_TEXT) { (asked.text) }
            div .filters {
                label { (viewing.say("It is", "文本是"))
                    select name="kind" {
                        option value="output" selected[asked.is_output] { (viewing.say("an answer of the model", "模型的回答")) }
                        option value="prompt" selected[!asked.is_output] { (viewing.say("a prompt of a user", "使用者的输入")) }
                    }
                }
                label { (viewing.say("Profile", "声明"))
                    select name="tenant" {
                        option value="" { (viewing.say("of the service alone", "仅服务声明")) }
                        @for id in settings.config.tenants.keys() {
                            option value=(id) selected[*id == asked.tenant] {
                                (viewing.say("of the service and tenant ", "服务声明和租户 ")) (id)
                            }
                        }
                    }
                }
            }
            label for="facts" { (viewing.say("Facts of the session, as a context in JSON", "会话的事实（上下文，JSON）")) }
            textarea #facts .code name="facts" rows="4" spellcheck="false" { (asked.facts) }
            @if viewing.app.console.tables.are_taken() { (table_fields(viewing, asked)) }
            button { (viewing.say("Judge", "判定")) }
        }
    }
}

fn table_fields(viewing: &Viewing, asked: &Asked) -> Markup {
    let TypedTable { head, rows, terms, registry } = &asked.table;
    html! {
        details open[asked.has_table()] {
            summary { (viewing.say("With a policy that is a table", "加上一个表格策略")) }
            p { (viewing.say(
                "The rows are checked and, if they can be used, count beside the live policies, in place of the one of their id, for this one look.",
                "检查表格各行；可用时，仅在本次试用中与现行策略一并生效（同名策略由其代替）。",
            )) }
            label for="rows-file" { (viewing.say("Rows from a file in CSV, XLSX or TOML", "从 CSV、XLSX 或 TOML 文件读取各行")) }
            input #rows-file type="file" accept=".csv,.xlsx,.toml" data-send=(ROWS) data-token=(viewing.visitor.form_token);
            div #said role="status" aria-live="polite" {}
            label for="rows" { (viewing.say("Rows, in CSV", "各行（CSV）")) }
            textarea #rows .code name="rows" rows="8" spellcheck="false" maxlength=(MAX_ROWS) { (rows) }
            label for="head" { (viewing.say("Head, as in policy.toml", "表头信息（policy.toml）")) }
            textarea #head .code name="head" rows="6" spellcheck="false" maxlength=(MAX_HEAD) { (head) }
            label for="terms" { (viewing.say("Terms, in CSV as in lexicons/", "用语（CSV，同 lexicons/）")) }
            textarea #terms .code name="terms" rows="4" spellcheck="false" maxlength=(MAX_ROWS) { (terms) }
            label for="registry" { (viewing.say("Entries over the registries, in TOML", "登记表的补充条目（TOML）")) }
            textarea #registry .code name="registry" rows="4" spellcheck="false" maxlength=(MAX_HEAD) { (registry) }
        }
    }
}

pub(super) async fn judge(viewing: Viewing, request: Request<Body>) -> Result<Response, Problem> {
    let mut fields = viewing.form(request).await?;
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let asked = Asked {
        text: take("text").replace("\r\n", "\n"),
        is_output: take("kind") != "prompt",
        tenant: take("tenant"),
        facts: take("facts"),
        table: TypedTable { head: take("head"), rows: take("rows"), terms: take("terms"), registry: take("registry") },
    };
    if asked.is_too_long() {
        let long = viewing.say("The text is too long.", "文本过长。");
        return Ok(viewing.trouble(HERE, StatusCode::PAYLOAD_TOO_LARGE, long));
    }
    let context = match context(&viewing, &asked) {
        Ok(context) => context,
        Err(error) => {
            let said = html! { (form(&viewing, &asked)) p .gap role="alert" { (error) } };
            let mut response = viewing.page(HERE, viewing.say("Playground", "试用"), &said);
            *response.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(response);
        }
    };
    if asked.has_table() && viewing.app.console.tables.are_taken() {
        return with_table(&viewing, &asked, context).await;
    }
    let (host, today, of_text) = (viewing.app.host.clone(), viewing.app.today(), asked.clone());
    let lang = viewing.lang;
    let found = viewing.app.judging.run(move || Found::of_live(&host, (context, today), &of_text, lang)).await?;
    let content = html! { (form(&viewing, &asked)) (result(&viewing, &asked, &found)) };
    Ok(viewing.page(HERE, viewing.say("Playground", "试用"), &content))
}

/// Judges with a table beside the live policies. Making it takes longer than a decision, so it takes no thread of those that judge.
async fn with_table(viewing: &Viewing, asked: &Asked, context: Arc<Context>) -> Result<Response, Problem> {
    let Some(turn) = viewing.app.console.tables.turn() else {
        return Ok(viewing.trouble(HERE, StatusCode::SERVICE_UNAVAILABLE, busy(viewing)));
    };
    let (app, today, lang, of_text) = (viewing.app.clone(), viewing.app.today(), viewing.lang, asked.clone());
    let work = move || {
        let _turn = turn;
        let (said, tried) = app.console.tables.try_one(&app.host, &of_text.table);
        let found = tried.map(|tried| {
            let session = tried.open("playground", context, today);
            Found::of(tried.edition(), session, &of_text, lang)
        });
        (said, found)
    };
    let (said, found) = tokio::task::spawn_blocking(work).await.map_err(|_| NotJudged::BrokeOff)?;
    let is_made = found.is_some();
    let content = html! {
        (form(viewing, asked))
        (about_table(viewing, &said, is_made))
        @if let Some(found) = &found { (result(viewing, asked, found)) }
    };
    let mut response = viewing.page(HERE, viewing.say("Playground", "试用"), &content);
    if !is_made {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

/// What is said while a table is read or tried.
fn busy(viewing: &Viewing) -> &'static str {
    viewing.say("Another table is being tried; try again in a moment.", "正在试用另一表格，请稍后再试。")
}

/// Reads a file of rows, and answers with what the form takes. Nothing of it is kept.
pub(super) async fn rows(viewing: Viewing, Query(named): Query<Named>, request: Request<Body>) -> Response {
    match rows_of(&viewing, named, request).await {
        Ok(rows) => rows.into_response(),
        Err(problem) => refusal(problem.status, &problem.detail),
    }
}

async fn rows_of(viewing: &Viewing, named: Named, request: Request<Body>) -> Result<String, Problem> {
    let token = request.headers().get(FORM_TOKEN).and_then(|value| value.to_str().ok());
    viewing.check_token(token)?;
    let (bounds, timeouts) = viewing.app.limits();
    let file = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let turn = viewing.app.console.tables.turn().ok_or_else(|| Problem::busy(busy(viewing)))?;
    let app = viewing.app.clone();
    let read = move || {
        let _turn = turn;
        app.console.tables.rows(named.name.as_deref().unwrap_or_default(), &file)
    };
    let rows = tokio::task::spawn_blocking(read).await.map_err(|_| NotJudged::BrokeOff)?;
    let rows = rows.map_err(Problem::unreadable)?;
    if rows.chars().count() > MAX_ROWS {
        let long = viewing.say("The rows are longer than the form takes.", "各行超出表单可容纳的长度。");
        return Err(Problem::too_large(long));
    }
    Ok(rows)
}

/// What is said of a table.
fn about_table(viewing: &Viewing, said: &[String], is_made: bool) -> Markup {
    html! {
        section {
            h2 { (viewing.say("Table", "表格")) }
            @if is_made {
                p { (viewing.say("The table counts in the decision below.", "下面的决定已计入该表格。")) }
            } @else {
                p .gap role="alert" { (viewing.say("The table cannot be used; nothing was judged.", "表格无法使用，未作判定。")) }
            }
            @if !said.is_empty() { ul { @for line in said { li { (line) } } } }
        }
    }
}

fn context(viewing: &Viewing, asked: &Asked) -> Result<Arc<Context>, String> {
    let facts = if asked.facts.trim().is_empty() { "{}" } else { asked.facts.as_str() };
    let mut context: Context = serde_json::from_str(facts)
        .map_err(|error| format!("{}: {error}", viewing.say("the facts cannot be read", "事实无法读取")))?;
    if let Some(tenant) = viewing.app.settings().config.tenants.get(&asked.tenant) {
        context.inherit(&tenant.facts);
    }
    Ok(Arc::new(context))
}

/// What came of a text.
struct Found {
    decision: Decision,
    hits: Vec<Hit>,
    /// Where the text still waited for more, had the stream gone on: its last bytes.
    kept_back: usize,
    explained: String,
}

impl Found {
    fn of_live(host: &Host, (context, today): (Arc<Context>, Date), asked: &Asked, lang: Lang) -> Self {
        Self::of(&host.edition(), host.open_as_of("playground", context, today), asked, lang)
    }

    fn of(edition: &Edition, mut session: Session, asked: &Asked, lang: Lang) -> Self {
        let speaker = if asked.is_output { Speaker::Model } else { Speaker::User };
        let mut hits = edition.index().scan_as(&asked.text, speaker, Form::Plain).hits;
        hits.sort_by_key(|hit| (hit.start, hit.end));
        let mut reader = Reader::new(edition.index().clone()).said_by(speaker);
        let frontier = reader.push(&asked.text).frontier;
        let kept_back = if asked.is_output { asked.text.len().saturating_sub(frontier) } else { 0 };
        let kind = if asked.is_output { EventKind::Output } else { EventKind::Prompt };
        let event = Event { parts: vec![Part::text(asked.text.clone())], ..Event::new(kind) };
        let decision = session.submit(event).decision;
        let explained = specialis::core::explain(&decision, edition, lang);
        Self { decision, hits, kept_back, explained }
    }
}

fn result(viewing: &Viewing, asked: &Asked, found: &Found) -> Markup {
    let decision = &found.decision;
    html! {
        section #result tabindex="-1" {
            h2 { (viewing.say("Verdict", "结论")) " " (viewing.badge(decision.verdict)) }
            h3 { (viewing.say("The text, with what was found marked", "文本，命中处已标出")) }
            p .text { (marked(&asked.text, &found.hits)) }
            @if found.hits.is_empty() { p .quiet { (viewing.say("Nothing was found.", "没有命中。")) } } @else {
                div .wide { table {
                    thead { tr {
                        th scope="col" { (viewing.say("found", "命中")) }
                        th scope="col" { (viewing.say("category", "类别")) }
                        th scope="col" { (viewing.say("by", "依据")) }
                        th scope="col" { (viewing.say("weight", "权重")) }
                        th scope="col" { (viewing.say("said as", "说法")) }
                    } }
                    tbody { @for hit in &found.hits { tr {
                        td { (asked.text.get(hit.start..hit.end).unwrap_or_default()) }
                        td { code { (hit.category) } }
                        td { (origin(&hit.origin)) }
                        td { (hit.weight) }
                        td { (hit.speech.act.as_str()) }
                    } } }
                } }
            }
            h3 { (viewing.say("What would go out", "可以放行的内容")) }
            (outgoing(viewing, asked, decision))
            @if found.kept_back > 0 {
                @let from = asked.text.len().saturating_sub(found.kept_back);
                p { (viewing.say(
                    "On a stream these last characters would still wait, because more text could make a match of them:",
                    "在流式输出中，以下末尾字符仍须等待，因为后续文本可能与其构成命中：",
                )) " " mark { (asked.text.get(from..).unwrap_or_default()) } }
            }
            h3 { (viewing.say("Why", "理由")) }
            pre .words { (found.explained.trim_end()) }
        }
    }
}

fn origin(origin: &HitOrigin) -> String {
    match origin {
        HitOrigin::Lexicon { lexicon, .. } => lexicon.to_string(),
        HitOrigin::Detector(name) => (*name).to_owned(),
        HitOrigin::Pattern(name) => name.to_string(),
    }
}

/// The text with its hits marked; where hits overlap, one mark covers them.
fn marked(text: &str, hits: &[Hit]) -> Markup {
    let pieces = pieces(text, hits.iter().map(|hit| (hit.start, hit.end)));
    html! { @for (piece, is_hit) in pieces { @if is_hit { mark { (piece) } } @else { (piece) } } }
}

fn pieces(text: &str, spans: impl Iterator<Item = (usize, usize)>) -> Vec<(&str, bool)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for (start, end) in spans {
        let start = start.max(at);
        if end <= start {
            continue;
        }
        let (before, inside) = (text.get(at..start).unwrap_or_default(), text.get(start..end).unwrap_or_default());
        pieces.extend([(before, false), (inside, true)]);
        at = end;
    }
    pieces.push((text.get(at..).unwrap_or_default(), false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

/// The text as it would go out, with masked stretches shown as such.
fn outgoing(viewing: &Viewing, asked: &Asked, decision: &Decision) -> Markup {
    if decision.verdict >= Level::Review {
        let why = if decision.verdict == Level::Review {
            viewing.say("Nothing, before a person has decided.", "在人工复核之前，不放行。")
        } else {
            viewing.say("Nothing.", "不放行。")
        };
        return html! { p .gap { (why) } };
    }
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    let mut spans: Vec<(usize, usize)> = decision
        .obligations
        .iter()
        .filter_map(|due| match &due.obligation {
            Obligation::Redact(span) => Some((place(span.start), place(span.end))),
            Obligation::Measure(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop => None,
        })
        .collect();
    spans.sort_unstable();
    let pieces = pieces(&asked.text, spans.into_iter());
    html! {
        p .text { @for (piece, is_masked) in pieces {
            @if is_masked { span .masked { (viewing.say("[masked]", "[已遮盖]")) } } @else { (piece) }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_stretches_become_one_and_nothing_of_the_text_is_lost() {
        let text = "甲乙丙丁戊";
        let pieces = pieces(text, [(3, 9), (6, 12), (6, 9)].into_iter());
        assert_eq!(pieces, [("甲", false), ("乙丙", true), ("丁", true), ("戊", false)]);
        assert_eq!(pieces.iter().map(|(piece, _)| *piece).collect::<String>(), text);
    }
}
