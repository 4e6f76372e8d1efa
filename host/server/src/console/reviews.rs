//! Content that a person has to see first: what waits, one of them, and the answer. Content is shown to who opens it, once, and every
//! opening is recorded before.

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use hyper::{Request, StatusCode};
use maud::{Markup, html};
use specialis::core::words::ReviewOutcome;

use super::page::{Viewing, short};
use crate::reviews::{Content, FULL, KeptFile, Review, Reviewer, Reviews, State};
use crate::serving::Problem;

const HERE: &str = "/console/reviews";
/// Rows of the table.
const ROWS: usize = 200;

pub(super) async fn page(viewing: Viewing) -> Response {
    let content = match viewing.app.reviews.as_deref() {
        Some(reviews) => table(&viewing, reviews),
        None => html! { p { (viewing.say(
            "No queue is configured: text that a person has to see first stays back, and nobody is asked. Name its folder and key under reviews in the configuration.",
            "未配置复核队列：须经人工复核的文本一律不放行，也无人收到复核请求。请在配置的 reviews 一节中写明文件夹和密钥。",
        )) } },
    };
    viewing.page(HERE, viewing.say("Reviews", "复核"), &content)
}

/// The reviews that somebody is shown.
fn shown<'a>(viewing: &'a Viewing, all: &'a [Review]) -> impl Iterator<Item = &'a Review> {
    let reviewer = viewing.visitor.person.reviewer.as_ref();
    let tenant = &viewing.visitor.person.tenant;
    all.iter().filter(move |review| match reviewer {
        Some(reviewer) => reviewer.sees(review),
        None => tenant.is_empty() || *tenant == review.tenant,
    })
}

fn table(viewing: &Viewing, reviews: &Reviews) -> Markup {
    let all = reviews.all();
    let n_waiting = shown(viewing, &all).filter(|review| review.state == State::Waiting).count();
    html! {
        p { (viewing.say(
            "Content that a person has to see first waits here encrypted, and is deleted when its time is over. Nothing of it stands on this page.",
            "须经人工复核的内容在此加密保存，到期即删除。本页不含任何内容。",
        )) }
        @if reviews.n_full() > 0 { p .gap role="alert" { code { (FULL) } ": " (viewing.say(
            "decisions that found no room since the start; their content is not kept and never goes out: ",
            "启动以来因队列已满而未保存的决定数（其内容不保存，也不会放行）：",
        )) (reviews.n_full()) } }
        div .wide { table {
            caption { (viewing.say("Waiting: ", "等待复核：")) (n_waiting) }
            thead { tr {
                @for head in [
                    viewing.say("decision", "决定"), viewing.say("kind", "事件"), viewing.say("duties", "义务"),
                    viewing.say("who decides", "复核人"), viewing.say("expires", "到期"), viewing.say("state", "状态"),
                ] { th scope="col" { (head) } }
            } }
            tbody { @for review in shown(viewing, &all).take(ROWS) { tr {
                td { a href={ (HERE) "/" (review.decision) } { code { (short(&review.decision)) } } }
                td { (review.kind) }
                td { (review.duties.join(", ")) }
                td { (review.role.as_str()) }
                td { (review.expires.strftime("%F %T")) " UTC" }
                td { (state(viewing, review.state)) }
            } } }
        } }
    }
}

fn state(viewing: &Viewing, state: State) -> &'static str {
    match state {
        State::Waiting => viewing.say("waiting", "等待复核"),
        State::Approved => viewing.say("approved", "已批准"),
        State::Stopped => viewing.say("approved, but the live edition stops it", "已批准，但现行版次不予放行"),
        State::Refused => viewing.say("refused", "已拒绝"),
        State::Expired => viewing.say("expired", "已到期"),
        State::Replaced => viewing.say("replaced by what goes on from it", "已由后续内容替代"),
    }
}

/// The review with an id, as far as the visitor is shown it.
fn found(viewing: &Viewing, id: &str) -> Option<Review> {
    let review = viewing.app.reviews.as_ref()?.find(id)?;
    shown(viewing, std::slice::from_ref(&review)).next().cloned()
}

fn gone(viewing: &Viewing) -> Response {
    let gone = viewing.say("Nothing waits under this id any more.", "该编号下已无等待复核的内容。");
    viewing.trouble(HERE, StatusCode::NOT_FOUND, gone)
}

pub(super) async fn one(viewing: Viewing, Path(id): Path<String>) -> Response {
    let Some(review) = found(&viewing, &id) else { return gone(&viewing) };
    let content = html! {
        (facts(&viewing, &review))
        @if review.state == State::Waiting { @match viewing.visitor.person.reviewer.as_ref() {
            Some(reviewer) if reviewer.may_decide(&review) => {
                p { (viewing.say(
                    "Opening the content is recorded under your name before it is shown.",
                    "打开内容之前，系统会以您的名义记录本次查阅。",
                )) }
                form method="post" action={ (HERE) "/" (review.decision) "/open" } {
                    (viewing.form_token())
                    button { (viewing.say("Open the content", "打开内容")) }
                }
            }
            _ => { p .quiet { (viewing.say("Your token does not decide on this.", "您的令牌无权作出此项复核。")) } }
        } }
        p { a href=(HERE) { (viewing.say("All reviews", "全部复核")) } }
    };
    viewing.page(HERE, &title(&viewing, &review), &content)
}

fn title(viewing: &Viewing, review: &Review) -> String {
    format!("{} {}", viewing.say("Review", "复核"), short(&review.decision))
}

fn facts(viewing: &Viewing, review: &Review) -> Markup {
    html! {
        dl {
            dt { (viewing.say("decision", "决定")) }
            dd { a href={ "/console/decisions/" (review.decision) } { code { (review.decision) } } }
            dt { (viewing.say("state", "状态")) } dd { (state(viewing, review.state)) }
            dt { (viewing.say("kind", "事件")) } dd { (review.kind) }
            dt { (viewing.say("duties", "义务")) } dd { (review.duties.join(", ")) }
            dt { (viewing.say("who decides", "复核人")) } dd { (review.role.as_str()) }
            dt { (viewing.say("expires", "到期")) } dd { (review.expires.strftime("%F %T")) " UTC" }
            @if let Some(act) = &review.answered {
                dt { (viewing.say("decided by", "作出人")) } dd { (act.by) ", " (act.at.strftime("%F %T")) " UTC" }
            }
        }
        @if !review.opened.is_empty() {
            h2 { (viewing.say("Opened by", "查阅记录")) }
            ul { @for act in &review.opened { li { (act.by) ", " (act.at.strftime("%F %T")) " UTC" } } }
        }
    }
}

/// Who decides, where the visitor does.
fn reviewer(viewing: &Viewing) -> Result<Reviewer, Problem> {
    let refused = || Problem::forbidden("your token decides on no reviews; sign in with one that does");
    viewing.visitor.person.reviewer.clone().ok_or_else(refused)
}

/// Opens the content, and shows it.
pub(super) async fn open(
    viewing: Viewing,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    viewing.form(request).await?;
    let (reviewer, app, of) = (reviewer(&viewing)?, viewing.app.clone(), id.clone());
    let opened = viewing.app.judging.run(move || app.open_review(&reviewer, &of)).await?;
    let content = match opened {
        Ok(content) => content,
        Err(problem) => return Ok(viewing.trouble(HERE, problem.status, &problem.detail)),
    };
    let Some(review) = found(&viewing, &id) else { return Ok(gone(&viewing)) };
    let page = html! { (texts(&viewing, &content)) (answers(&viewing, &review)) (facts(&viewing, &review)) };
    Ok(viewing.page(HERE, &title(&viewing, &review), &page))
}

fn texts(viewing: &Viewing, content: &Content) -> Markup {
    html! {
        section #content-that-waits {
            h2 { (viewing.say("The content", "内容")) }
            @for part in content.parts() {
                @let whose = part.role.as_deref().unwrap_or(viewing.say("answer", "回答"));
                h3 { (whose) " " (part.channel.as_deref().unwrap_or_default()) " " (part.choice) }
                p .text { (part.text) }
                @if let Some(file) = &part.file { (medium(viewing, file)) }
            }
        }
    }
}

/// A picture or a sound, where browsers know its type.
fn medium(viewing: &Viewing, file: &KeptFile) -> Markup {
    let data = format!("data:{};base64,{}", file.kind, file.data);
    html! {
        @match file.kind.as_str() {
            "image/png" | "image/jpeg" | "image/webp" => {
                img src=(data) alt=(viewing.say("the picture that waits", "等待复核的图片"));
            }
            "audio/wav" | "audio/x-wav" | "audio/mpeg" | "audio/mp3" => { audio controls src=(data) {} }
            _ => { p .quiet { (viewing.say("The file is of a type that is not shown here.", "此文件类型无法在此显示。")) } }
        }
    }
}

fn answers(viewing: &Viewing, review: &Review) -> Markup {
    let answers = [("approved", viewing.say("Approve", "批准")), ("refused", viewing.say("Refuse", "拒绝"))];
    html! {
        @for (outcome, word) in answers {
            form method="post" action={ (HERE) "/" (review.decision) "/answer" } {
                (viewing.form_token())
                input type="hidden" name="digest" value=(review.decision);
                input type="hidden" name="outcome" value=(outcome);
                button { (word) }
            }
        }
    }
}

/// Takes the answer.
pub(super) async fn answer(
    viewing: Viewing,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let mut fields = viewing.form(request).await?;
    let outcome = match fields.get("outcome").map(String::as_str) {
        Some("approved") => ReviewOutcome::Approved,
        Some("refused") => ReviewOutcome::Refused,
        _ => return Err(Problem::unreadable("the form says neither `approved` nor `refused`; open the page again")),
    };
    let digest = fields.remove("digest").unwrap_or_default();
    let (reviewer, app, of) = (reviewer(&viewing)?, viewing.app.clone(), id.clone());
    let answered = viewing.app.judging.run(move || app.answer_review(&reviewer, &of, outcome, &digest)).await?;
    match answered {
        Ok(review) => Ok(Redirect::to(&format!("{HERE}/{}", review.decision)).into_response()),
        Err(problem) => Ok(viewing.trouble(HERE, problem.status, &problem.detail)),
    }
}
