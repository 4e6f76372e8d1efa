//! The console: pages for a compliance officer, made on the server. One style sheet, one small script, nothing from elsewhere.
//!
//! What is shown of decisions is content-free. A text or a table that is typed into the playground is tried, shown once and kept nowhere.

mod access;
mod coverage;
mod decisions;
mod editions;
mod labels;
mod ledger;
mod measures;
mod page;
mod playground;
mod policies;
mod reviews;
mod sign_in;
mod tables;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use hyper::header::CONTENT_TYPE;

use crate::app::App;

pub(crate) use access::Access;
pub(crate) use editions::Drafts;
pub use page::level_word;
use tables::Tables;
pub use tables::{MadeTable, TableMaker, TypedTable};

/// Where the console is.
pub(crate) const HOME: &str = "/console/decisions";

/// What the console keeps: who is signed in, acts that were uploaded, and who makes policies of tables.
#[derive(Debug, Default)]
pub(crate) struct Console {
    pub(crate) access: Access,
    pub(crate) drafts: Drafts,
    pub(crate) tables: Tables,
}

/// The paths of the console.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/console", get(async || Redirect::to(HOME)))
        .route("/console/", get(async || Redirect::to(HOME)))
        .route("/console/sign-in", get(sign_in::page).post(sign_in::enter))
        .route("/console/sign-out", post(sign_in::leave))
        .route("/console/language", get(sign_in::language))
        .route("/console/decisions", get(decisions::page))
        .route("/console/decisions/{id}", get(decisions::one))
        .route("/console/editions", get(editions::page))
        .route("/console/editions/drafts", post(editions::begin))
        .route("/console/editions/drafts/{draft}", get(editions::draft))
        .route("/console/editions/drafts/{draft}/files", post(editions::add))
        .route("/console/editions/drafts/{draft}/publish", post(editions::publish))
        .route("/console/coverage", get(coverage::page))
        .route("/console/policies", get(policies::page))
        .route("/console/measures", get(measures::page).post(measures::try_again))
        .route("/console/reviews", get(reviews::page))
        .route("/console/reviews/{decision}", get(reviews::one))
        .route("/console/reviews/{decision}/open", post(reviews::open))
        .route("/console/reviews/{decision}/answer", post(reviews::answer))
        .route("/console/labels", get(labels::page).post(labels::check))
        .route("/console/ledger", get(ledger::page))
        .route("/console/ledger/audit", get(ledger::audit_page))
        .route("/console/ledger/{index}", get(ledger::record_page))
        .route("/console/playground", get(playground::page).post(playground::judge))
        .route(playground::ROWS, post(playground::rows))
        .route("/console/console.css", get(async || asset(include_str!("console/assets/console.css"), "text/css")))
        .route("/console/console.js", get(async || asset(include_str!("console/assets/console.js"), "text/javascript")))
}

fn asset(text: &'static str, kind: &'static str) -> Response {
    let mut response = text.into_response();
    let kind = HeaderValue::try_from(format!("{kind}; charset=utf-8"));
    response.headers_mut().extend(kind.ok().map(|kind| (CONTENT_TYPE, kind)));
    response
}
