//! What all pages have: the frame, the language, who looks at them, and forms.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use hyper::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request, StatusCode};
use maud::{DOCTYPE, Markup, html};
use specialis::core::{Lang, Level};

use super::access::{Visitor, cookie};
use crate::app::App;
use crate::config::duration;
use crate::serving::{Problem, read_body};

/// The name of the cookie that says in which language pages are.
pub(super) const LANGUAGE: &str = "specialis-language";
/// What a page may load: its own style and script, and nothing from elsewhere.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A request of somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Viewing {
    pub(super) app: Arc<App>,
    pub(super) visitor: Visitor,
    pub(super) lang: Lang,
}

impl FromRequestParts<Arc<App>> for Viewing {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let lang = language(&parts.headers);
        match app.console.access.visitor(&parts.headers) {
            Some(visitor) => Ok(Self { app: app.clone(), visitor, lang }),
            None => Err(Redirect::to("/console/sign-in").into_response()),
        }
    }
}

/// A word in one of the languages.
pub(super) fn say(lang: Lang, en: &'static str, zh: &'static str) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// The word of a level.
pub fn level_word(level: Level, lang: Lang) -> &'static str {
    match level {
        Level::Pass => say(lang, "pass", "通过"),
        Level::Mark => say(lang, "mark", "标识"),
        Level::Warn => say(lang, "warn", "提示"),
        Level::Redact => say(lang, "redact", "遮盖"),
        Level::Review => say(lang, "review", "人工复核"),
        Level::Stop => say(lang, "stop", "停止"),
    }
}

/// The language of a page: as chosen, else as the browser asks.
pub(super) fn language(headers: &HeaderMap) -> Lang {
    let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_chinese = match cookie(headers, LANGUAGE) {
        Some(chosen) => chosen == "zh",
        None => asked.trim_start().starts_with("zh"),
    };
    if is_chinese { Lang::Zh } else { Lang::En }
}

impl Viewing {
    pub(super) fn say(&self, en: &'static str, zh: &'static str) -> &'static str {
        say(self.lang, en, zh)
    }

    /// One of two words of a registry.
    pub(super) fn pick<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        match self.lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }

    /// A verdict as a badge: its color is never the only sign.
    pub(super) fn badge(&self, level: Level) -> Markup {
        html! { span class={ "level level-" (level.as_str()) } { (level_word(level, self.lang)) } }
    }

    /// The hidden field that a form must send back.
    pub(super) fn form_token(&self) -> Markup {
        html! { input type="hidden" name="form-token" value=(self.visitor.form_token); }
    }

    /// A whole page.
    pub(super) fn page(&self, at: &str, title: &str, content: &Markup) -> Response {
        let pages = [
            ("/console/decisions", self.say("Decisions", "决定")),
            ("/console/editions", self.say("Editions", "版次")),
            ("/console/coverage", self.say("Coverage", "覆盖")),
            ("/console/policies", self.say("Policies", "策略")),
            ("/console/measures", self.say("Measures", "措施")),
            ("/console/labels", self.say("Labels", "标识")),
            ("/console/playground", self.say("Playground", "试用")),
        ];
        let edition = self.app.host.edition();
        let (other, to) = (self.say("中文", "English"), self.say("zh", "en"));
        let frame = html! {
            a .skip href="#content" { (self.say("To the content", "跳到正文")) }
            header {
                p .name { "Specialis" }
                nav aria-label=(self.say("Pages", "页面")) {
                    ul {
                        @for (path, name) in pages {
                            li { a href=(path) aria-current=[(path == at).then_some("page")] { (name) } }
                        }
                    }
                }
                div .who {
                    span { (match self.visitor.may_change() {
                        true => self.say("operator", "操作员"),
                        false => self.say("viewer", "查看者"),
                    }) }
                    a href={ "/console/language?to=" (to) } lang=(to) { (other) }
                    form method="post" action="/console/sign-out" {
                        (self.form_token())
                        button .plain { (self.say("Sign out", "退出")) }
                    }
                }
            }
            main #content tabindex="-1" {
                h1 { (title) }
                (content)
            }
            footer { p { (self.say("Live edition", "现行版次")) " " code { (short(edition.id())) } } }
        };
        shell(self.lang, title, &frame)
    }

    /// A page that says what went wrong.
    pub(super) fn trouble(&self, at: &str, status: StatusCode, what: &str) -> Response {
        let content = html! { p .gap role="alert" { (what) } p { a href=(at) { (self.say("Back", "返回")) } } };
        let mut response = self.page(at, self.say("That did not work", "未能完成"), &content);
        *response.status_mut() = status;
        response
    }

    /// The fields of a form, once its token is the right one.
    ///
    /// # Errors
    /// Where the form did not come from a page of this visitor, or is too large.
    pub(super) async fn form(&self, request: Request<Body>) -> Result<BTreeMap<String, String>, Problem> {
        let (bounds, timeouts) = self.app.limits();
        let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
        let fields: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
        self.check_token(fields.get("form-token").map(String::as_str))?;
        Ok(fields)
    }

    /// Refuses what did not come from a page of this visitor.
    ///
    /// # Errors
    /// Where the token is another one.
    pub(super) fn check_token(&self, token: Option<&str>) -> Result<(), Problem> {
        if token == Some(self.visitor.form_token.as_str()) {
            return Ok(());
        }
        Err(Problem::forbidden("the form is not from this sign-in; open the page again and send it once more"))
    }

    /// Refuses who may only look.
    ///
    /// # Errors
    /// Where the visitor is a viewer.
    pub(super) fn check_may_change(&self) -> Result<(), Problem> {
        if self.visitor.may_change() {
            return Ok(());
        }
        Err(Problem::forbidden("a viewer may change nothing; sign in with the token of an operator"))
    }
}

/// The document around a page.
pub(super) fn shell(lang: Lang, title: &str, content: &Markup) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang=(say(lang, "en", "zh-CN")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – Specialis" }
                link rel="stylesheet" href="/console/console.css";
                script src="/console/console.js" defer {}
            }
            body { (content) }
        }
    };
    let mut response = document.into_string().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

/// The beginning of a digest, for a person.
pub(super) fn short(digest: &str) -> &str {
    let end = digest.find(':').map_or(12, |at| at.saturating_add(13));
    digest.get(..end).unwrap_or(digest)
}
