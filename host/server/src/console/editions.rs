//! Editions: the live one, those that are ready to go back to, and acts that are uploaded, looked at and published.
//!
//! Whoever uploads decides nothing: the host believes what approvers signed. An uploaded act is a folder as `specialis edition` makes
//! it, or a single signed statement.

mod drafts;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use hyper::{Request, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use specialis::signed::{Applied, SignedAct};
use specialis::{Change, ChangeClass, Edition, EditionStatus};

use super::labels::{FORM_TOKEN, refusal};
use super::page::{Viewing, short};
use crate::config::duration;
use crate::serving::{Problem, read_body};
pub(crate) use drafts::Drafts;
use drafts::{Draft, DraftBytes};

const HERE: &str = "/console/editions";

pub(super) async fn page(viewing: Viewing) -> Response {
    let status = viewing.app.host.status();
    let content = html! {
        section {
            h2 { (viewing.say("Live", "现行")) }
            (edition(&viewing, &status.live))
            @for note in &status.notes { p .gap { (note) } }
            h3 { (viewing.say("What it changed", "较前一版次的变化")) }
            (changes(&viewing, &status.live.record.changes))
        }
        @if let Some(report) = &status.shadow {
            section {
                h2 { (viewing.say("In the shadow", "影子运行")) }
                p { code { (short(&report.edition)) } ": "
                    (report.differences.n_events) " " (viewing.say("events compared,", "个事件已比较，")) " "
                    (report.differences.n_same) " " (viewing.say("the same,", "相同，")) " "
                    (report.differences.verdicts_tightened) " " (viewing.say("tightened,", "收紧，")) " "
                    (report.differences.verdicts_loosened) " " (viewing.say("loosened", "放宽")) }
            }
        }
        section {
            h2 { (viewing.say("Ready to go back to", "可回退的版次")) }
            @if status.ready.is_empty() { p .quiet { (viewing.say("None.", "无。")) } }
            @for ready in &status.ready { (edition(&viewing, ready)) }
            @if !status.draining.is_empty() { h2 { (viewing.say("With sessions still on it", "仍有会话的版次")) } }
            @for draining in &status.draining { (edition(&viewing, draining)) }
        }
        section {
            h2 { (viewing.say("Upload a signed act", "上传已签署的文件")) }
            (upload(&viewing))
        }
    };
    viewing.page(HERE, viewing.say("Editions", "版次"), &content)
}

fn edition(viewing: &Viewing, edition: &EditionStatus) -> Markup {
    let record = &edition.record;
    html! {
        dl {
            dt { (viewing.say("edition", "版次")) } dd { code { (edition.id) } }
            @if let Some(number) = record.number { dt { (viewing.say("number", "编号")) } dd { (number) } }
            dt { (viewing.say("approved by", "批准人")) }
            dd { @if record.approvers.is_empty() { (viewing.say("nobody: it is not signed", "无：未签署")) }
                 @else { (record.approvers.join(", ")) } }
            @if let Some(reason) = &record.reason { dt { (viewing.say("reason", "理由")) } dd { (reason) } }
            dt { (viewing.say("open sessions", "未结束的会话")) } dd { (edition.n_sessions) }
            dt { (viewing.say("policies", "策略")) }
            dd { @for policy in &edition.policies { (policy.id) " " (policy.version) ", " } }
        }
    }
}

fn changes(viewing: &Viewing, changes: &[Change]) -> Markup {
    html! {
        @if changes.is_empty() { p .quiet { (viewing.say("Nothing.", "无。")) } } @else {
            div .wide { table {
                thead { tr {
                    th scope="col" { (viewing.say("class", "类别")) }
                    th scope="col" { (viewing.say("where", "位置")) }
                    th scope="col" { (viewing.say("what", "内容")) }
                } }
                tbody { @for change in changes {
                    tr .gap[change.class == ChangeClass::Loosening] {
                        td { (match change.class {
                            ChangeClass::Loosening => viewing.say("loosening", "放宽"),
                            ChangeClass::Neutral => viewing.say("neutral", "中性"),
                            ChangeClass::Tightening => viewing.say("tightening", "收紧"),
                        }) }
                        td { (change.place) } td { (change.what) }
                    }
                } }
            } }
        }
    }
}

fn upload(viewing: &Viewing) -> Markup {
    if viewing.app.editions().is_none() {
        return html! { p { (viewing.say(
            "This server was not started from a published folder, so nothing can be published here. Start it with --edition and --root.",
            "本服务不是从已发布的文件夹启动的，无法在此发布。请以 --edition 和 --root 启动。",
        )) } };
    }
    if !viewing.visitor.may_change() {
        return html! { p { (viewing.say("Only an operator may upload.", "仅操作员可以上传。")) } };
    }
    html! {
        p { (viewing.say(
            "An edition is the folder that `specialis edition sign` left. Going back, or revoking, is one signed statement.",
            "版次是 `specialis edition sign` 完成后的文件夹；回退或者撤销是一份已签署的声明。",
        )) }
        div #act data-drafts={ (HERE) "/drafts" } data-token=(viewing.visitor.form_token) {
            label for="folder" { (viewing.say("The folder of an edition", "版次的文件夹")) }
            input #folder type="file" webkitdirectory multiple;
            label for="statement" { (viewing.say("Or one signed statement", "或者一份已签署的声明")) }
            input #statement type="file" accept=".json";
        }
        div #said role="status" aria-live="polite" {}
    }
}

/// Begins an upload; answers with its address.
pub(super) async fn begin(viewing: Viewing, request: Request<Body>) -> Response {
    let begun = || -> Result<String, Problem> {
        check(&viewing, &request)?;
        viewing.app.console.drafts.begin(&viewing.visitor.person.tenant)
    };
    match begun() {
        Ok(id) => format!("{HERE}/drafts/{id}").into_response(),
        Err(problem) => refusal(problem.status, &problem.detail),
    }
}

/// Which file of an upload.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    path: String,
}

/// Takes one file of an upload.
pub(super) async fn add(
    viewing: Viewing,
    Path(draft): Path<String>,
    Query(named): Query<Named>,
    request: Request<Body>,
) -> Response {
    let added = async {
        check(&viewing, &request)?;
        let (bounds, timeouts) = viewing.app.limits();
        let bytes = read_body(request, bounds.file, duration(timeouts.body)).await?;
        viewing.app.console.drafts.add(&draft, &named.path, &bytes, draft_bytes(&viewing))
    };
    match added.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => refusal(problem.status, &problem.detail),
    }
}

/// How much may be kept of uploads.
fn draft_bytes(viewing: &Viewing) -> DraftBytes {
    let settings = viewing.app.settings();
    let in_all = settings.config.bounds.draft_bytes;
    let tenant = settings.config.tenants.get(&viewing.visitor.person.tenant);
    DraftBytes { in_all, of_tenant: tenant.and_then(|tenant| tenant.draft_bytes).unwrap_or(in_all) }
}

fn check(viewing: &Viewing, request: &Request<Body>) -> Result<(), Problem> {
    let token = request.headers().get(FORM_TOKEN).and_then(|value| value.to_str().ok());
    viewing.check_token(token)?;
    viewing.check_may_change()
}

/// What an uploaded act would change, and whether it can be published.
pub(super) async fn draft(viewing: Viewing, Path(id): Path<String>) -> Result<Response, Problem> {
    let found = found(&viewing, &id);
    let (draft, act) = match found {
        Ok(found) => found,
        Err(problem) => return Ok(viewing.trouble(HERE, problem.status, &problem.detail)),
    };
    let host = viewing.app.host.clone();
    let look = move || {
        let checked = host.check(&act).map_err(|error| chain(&error));
        let all = match &checked {
            Ok(Some(edition)) => edition.record().changes.clone(),
            Ok(None) | Err(_) => act.difference(&host).unwrap_or_default(),
        };
        (checked, all)
    };
    let (checked, all) = viewing.app.judging.run(look).await?;
    let content = html! {
        @match &checked {
            Err(error) => { p .gap role="alert" { (viewing.say("It cannot be published:", "不能发布：")) " " (error) } }
            Ok(staged) => {
                (staging(&viewing, staged.as_ref()))
                form method="post" action={ (HERE) "/drafts/" (draft.id) "/publish" } {
                    (viewing.form_token())
                    button { (viewing.say("Publish", "发布")) }
                }
            }
        }
        h2 { (viewing.say("Differences to the live edition", "与现行版次的差异")) }
        (changes(&viewing, &all))
        p { a href=(HERE) { (viewing.say("Back", "返回")) } }
    };
    Ok(viewing.page(HERE, viewing.say("An uploaded act", "已上传的文件"), &content))
}

fn staging(viewing: &Viewing, staged: Option<&Arc<Edition>>) -> Markup {
    html! {
        @match staged {
            Some(edition) => { p .fine {
                (viewing.say(
                    "Signatures, code and vectors were checked. It can be published as edition",
                    "签名、代码和测试用例均已核验，可以发布为版次",
                )) " " code { (short(edition.id())) } " – " (viewing.say("approved by", "批准人")) " "
                (edition.record().approvers.join(", "))
            } }
            None => { p .fine { (viewing.say(
                "It is signed as it has to be, and the live edition stays: it revokes, or changes approvers.",
                "签署有效，现行版次不变：仅撤销策略或者变更批准人。",
            )) } }
        }
    }
}

/// Publishes an uploaded act: into the folder, and in this server at once.
pub(super) async fn publish(
    viewing: Viewing,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    viewing.form(request).await?;
    viewing.check_may_change()?;
    let (draft, act) = found(&viewing, &id)?;
    let (host, app) = (viewing.app.host.clone(), viewing.app.clone());
    let work = move || -> Result<Applied, String> {
        host.check(&act).map_err(|error| chain(&error))?;
        let folder = || app.editions().ok_or_else(|| "there is no published folder".to_owned());
        draft.publish(folder()?).map_err(|error| chain(&error))?;
        let apply = || {
            let act = SignedAct::in_folder(&folder()?).map_err(|error| chain(&error))?;
            host.apply(&act).map_err(|error| chain(&error))
        };
        // Whoever watches the folder may carry it out at the same time: then nothing is left to do.
        apply().or_else(|_| apply())
    };
    match viewing.app.judging.run(work).await? {
        Ok(_) => {
            tracing::info!(edition = viewing.app.host.edition().id(), "an act was published by the console");
            viewing.app.console.drafts.remove(&id);
            Ok(Redirect::to(HERE).into_response())
        }
        Err(error) => Ok(viewing.trouble(HERE, StatusCode::CONFLICT, &error)),
    }
}

fn found(viewing: &Viewing, id: &str) -> Result<(Arc<Draft>, SignedAct), Problem> {
    let draft = viewing.app.console.drafts.find(id)?;
    let folder = viewing.app.editions();
    let folder = folder.ok_or_else(|| Problem::conflict("the server was not started from a published folder"))?;
    let act = draft.act(&folder).map_err(|error| Problem::unreadable(chain(&error)))?;
    Ok((draft, act))
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}
