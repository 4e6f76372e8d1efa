//! What all pages have: the frame, the language, who looks at them, and forms.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use hyper::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request, StatusCode};
use maud::{DOCTYPE, Markup, html};
use serde::Serialize;
use specialis::core::{Lang, Level, needs_escape, printable_lines};

use super::access::{Visitor, cookie};
use crate::app::App;
use crate::config::duration;
use crate::serving::{Problem, read_body};

/// The name of the cookie that says in which language pages are.
pub(super) const LANGUAGE: &str = "specialis-language";
/// What a page may load: its own style and script, pictures and sounds that stand in it, and nothing from elsewhere.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    media-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

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
            ("/console/ledger", self.say("Ledger", "台账")),
            ("/console/reviews", self.say("Reviews", "复核")),
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
    let mut response = printed(document).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

/// A page or a piece of one as text. What controls, hides or turns the order of what a person sees is shown as escapes, wherever
/// it comes from: a reason, an answer of a receiver, an error, a name. A field that is edited keeps what was typed into it.
pub(super) fn printed(markup: Markup) -> String {
    const FIELD: (&str, &str) = ("<textarea", "</textarea>");
    let text = markup.into_string();
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    // Neither can stand in a text: `<` is escaped there.
    while let Some(start) = rest.find(FIELD.0) {
        let (before, field) = rest.split_at(start);
        let end = field.find(FIELD.1).map_or(field.len(), |end| end.saturating_add(FIELD.1.len()));
        let (field, after) = field.split_at(end);
        shown.push_str(&printable_lines(before));
        shown.push_str(field);
        rest = after;
    }
    shown.push_str(&printable_lines(rest));
    shown
}

/// A value as JSON over several lines, in which the same characters are escapes of JSON.
pub(super) fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !needs_escape(c) {
            shown.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // INVARIANT: writing to a string does not fail.
            _ = write!(shown, "\\u{unit:04x}");
        }
    }
    shown
}

/// The beginning of a digest, for a person.
pub(super) fn short(digest: &str) -> &str {
    let end = digest.find(':').map_or(12, |at| at.saturating_add(13));
    digest.get(..end).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_turns_or_hides_text_is_shown_as_escapes_wherever_it_stands() {
        let (text, id) = ("一\u{202e}二\u{200b}", "a\u{1b}[2Jb");
        let page = printed(html! { p title=(id) { (text) } "\n" pre { (json(&json!({ "k": text }))) } });
        assert_eq!(
            page,
            "<p title=\"a\\u{1b}[2Jb\">一\\u{202e}二\\u{200b}</p>\n<pre>{\n  &quot;k&quot;: &quot;一\\u202e二\\u200b&quot;\n}</pre>"
        );
        let read: serde_json::Value = serde_json::from_str(&json(&json!({ "k": format!("{text}\u{e0041}") }))).unwrap();
        assert_eq!(read["k"], format!("{text}\u{e0041}"));
    }

    #[test]
    fn field_that_is_edited_keeps_what_was_typed_into_it_and_hides_nothing_else() {
        let typed = "x\u{202e}</textarea>\u{202e}<textarea>";
        let page = printed(html! { p { "\u{202e}" } textarea { (typed) } p { (typed) } textarea { "\u{200b}" } });
        let kept = "x\u{202e}&lt;/textarea&gt;\u{202e}&lt;textarea&gt;";
        let shown = kept.replace('\u{202e}', "\\u{202e}");
        assert_eq!(
            page,
            ["<p>\\u{202e}</p><textarea>", kept, "</textarea><p>", &shown, "</p><textarea>\u{200b}</textarea>"]
                .concat()
        );
    }
}
