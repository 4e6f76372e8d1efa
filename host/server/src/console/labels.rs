//! The labels of a file that is dropped on the page. The file is read and forgotten.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Response};
use hyper::{Request, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use specialis_label::Verdict;

use super::page::{Viewing, json, printed};
use crate::config::duration;
use crate::native::{Checked, check_bytes};
use crate::serving::{Problem, read_body};

const HERE: &str = "/console/labels";
/// The header by which the script sends the token of the page.
pub(super) const FORM_TOKEN: &str = "x-form-token";

pub(super) async fn page(viewing: Viewing) -> Response {
    let content = html! {
        p { (viewing.say(
            "Which labels of AI-generated content a file has, and whether they hold to the standard. The file is read here and kept nowhere.",
            "文件带有哪些人工智能生成合成内容标识，是否符合标准。文件只在此读取，不作保存。",
        )) }
        div #drop .drop data-send=(HERE) data-token=(viewing.visitor.form_token) {
            label for="file" { (viewing.say("Drop a file here, or choose one", "将文件拖到此处，或者选择文件")) }
            input #file type="file";
        }
        noscript { p .gap { (viewing.say("This page needs its script.", "此页需要启用脚本。")) } }
        div #said role="status" aria-live="polite" {}
    };
    viewing.page(HERE, viewing.say("Labels", "标识"), &content)
}

/// A file that is sent.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    /// Its name.
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// Reads a file, and answers with a piece of the page.
pub(super) async fn check(viewing: Viewing, Query(named): Query<Named>, request: Request<Body>) -> Response {
    match checked(&viewing, named, request).await {
        Ok(checked) => Html(printed(verdict(&viewing, &checked))).into_response(),
        Err(problem) => {
            let said = html! { p .gap role="alert" { (problem.detail) } };
            (problem.status, Html(printed(said))).into_response()
        }
    }
}

async fn checked(viewing: &Viewing, named: Named, request: Request<Body>) -> Result<Checked, Problem> {
    let token = request.headers().get(FORM_TOKEN).and_then(|value| value.to_str().ok());
    viewing.check_token(token)?;
    let (bounds, timeouts) = viewing.app.limits();
    let bytes = read_body(request, bounds.file, duration(timeouts.body)).await?;
    if bytes.is_empty() {
        return Err(Problem::unreadable(viewing.say("the file is empty", "文件为空")));
    }
    let bytes = Arc::new(bytes);
    viewing.app.judging.run(move || check_bytes(&bytes, named.name.as_deref())).await?
}

fn verdict(viewing: &Viewing, checked: &Checked) -> Markup {
    let report = &checked.report;
    let (class, words) = match report.verdict {
        Verdict::Compliant => ("fine", viewing.say("compliant", "符合标准")),
        Verdict::NonCompliant => ("gap", viewing.say("non-compliant", "不符合标准")),
        Verdict::NotFound => ("gap", viewing.say("no label found", "未发现标识")),
        Verdict::Inconclusive => ("gap", viewing.say("inconclusive", "无法判断")),
    };
    let as_json = json(report);
    html! {
        p class=(class) { strong { (words) } " (" (checked.format) ")" }
        details { summary { (viewing.say("The whole report (JSON)", "完整报告（JSON）")) } pre { (as_json) } }
    }
}

/// A refusal as a piece of a page.
pub(super) fn refusal(status: StatusCode, what: &str) -> Response {
    (status, Html(printed(html! { p .gap role="alert" { (what) } }))).into_response()
}
