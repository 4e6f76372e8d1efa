//! Signing in with a token of the configuration, or once with the code that the server printed.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use hyper::header::{HeaderValue, SET_COOKIE};
use hyper::{HeaderMap, Request, StatusCode};
use maud::html;
use serde::Deserialize;

use super::HOME;
use super::access::{COOKIE_NAME, Person};
use super::page::{LANGUAGE, Viewing, language as language_of, say, shell};
use crate::app::App;
use crate::config::{Area, Role, duration};
use crate::serving::{Problem, read_body};

/// More than any token has.
const MAX_FORM: usize = 4_096;

/// What the address says.
#[derive(Debug, Deserialize)]
pub(super) struct Code {
    #[serde(default)]
    code: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, Query(code): Query<Code>, headers: HeaderMap) -> Response {
    if app.console.access.visitor(&headers).is_some() {
        return Redirect::to(HOME).into_response();
    }
    form(&headers, &code.code, None)
}

fn form(headers: &HeaderMap, code: &str, wrong: Option<&'static str>) -> Response {
    let lang = language_of(headers);
    let title = say(lang, "Sign in", "登录");
    let content = html! {
        main #content .narrow {
            h1 { "Specialis" }
            @if let Some(wrong) = wrong { p .gap role="alert" { (wrong) } }
            form method="post" action="/console/sign-in" {
                label for="token" { (say(lang, "Token, or the code that the server printed", "令牌，或者服务启动时显示的一次性代码")) }
                input #token type="password" name="token" value=(code) autocomplete="current-password" required autofocus;
                button { (title) }
            }
        }
    };
    let mut response = shell(lang, title, &content);
    if wrong.is_some() {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

pub(super) async fn enter(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let (_, timeouts) = app.limits();
    let body = read_body(request, MAX_FORM, duration(timeouts.body)).await?;
    let token = form_urlencoded::parse(&body).find(|(name, _)| name == "token").map(|(_, value)| value.into_owned());
    let token = token.unwrap_or_default();
    let lang = language_of(&headers);
    let who = match app.console.access.use_code(&token) {
        true => Some(Person { role: Role::Operator, ..Person::default() }),
        false => who_has(&app, &token),
    };
    let Some(person) = who else {
        tracing::warn!("somebody could not sign in to the console");
        let wrong = say(
            lang,
            "This token is unknown, has expired, or is not for the console; a code counts once.",
            "令牌不存在、已过期，或者不能用于控制台；一次性代码只能使用一次。",
        );
        return Ok(form(&headers, "", Some(wrong)));
    };
    let role = person.role;
    let id = app.console.access.sign_in(person);
    let id = id.ok_or_else(|| Problem::failed("the system gives no randomness; try again"))?;
    tracing::info!(role = role.as_str(), "somebody signed in to the console");
    let secure = if app.settings().config.tls.is_some() { "; Secure" } else { "" };
    let cookie = format!("{COOKIE_NAME}={id}; Path=/console; HttpOnly; SameSite=Strict{secure}");
    Ok((with_cookie(&cookie), Redirect::to(HOME)).into_response())
}

/// Who signs in with a token of the configuration.
fn who_has(app: &App, token: &str) -> Option<Person> {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_str(token).ok()?);
    let caller = app.caller(&headers, Area::Console).ok()?;
    Some(Person { role: caller.role()?, tenant: caller.tenant().to_owned(), reviewer: caller.reviewer().cloned() })
}

pub(super) async fn leave(viewing: Viewing, request: Request<Body>) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    viewing.form(request).await?;
    viewing.app.console.access.sign_out(&headers);
    let cookie = format!("{COOKIE_NAME}=; Path=/console; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((with_cookie(&cookie), Redirect::to("/console/sign-in")).into_response())
}

/// A language.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    to: String,
}

/// Keeps the language that somebody chose.
pub(super) async fn language(Query(chosen): Query<Chosen>) -> Response {
    let to = if chosen.to == "zh" { "zh" } else { "en" };
    let cookie = format!("{LANGUAGE}={to}; Path=/console; SameSite=Strict; Max-Age=31536000");
    (with_cookie(&cookie), Redirect::to(HOME)).into_response()
}

fn with_cookie(cookie: &str) -> HeaderMap {
    HeaderValue::from_str(cookie).into_iter().map(|value| (SET_COOKIE, value)).collect()
}
