//! The parts of a server together, and its paths.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cap_std::fs::Dir;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Request, StatusCode};
use specialis::core::Date;
use specialis::{Clock, Host, SystemClock};

use crate::config::{Area, Bounds, Config, Timeouts};
use crate::console::{self, Console};
use crate::contracts;
use crate::native::{self, Sessions};
use crate::obligations::Outbox;
use crate::proxy::{self, Upstream};
use crate::recorded::RecordedLedger;
use crate::reviews::Reviews;
use crate::serving::{
    Asking, Caller, Judging, Metrics, Phase, Problem, Reload, ServeError, Settings, Shutdown, Traces,
};

/// Everything that requests share.
pub(crate) struct App {
    pub(crate) host: Host,
    pub(crate) judging: Judging,
    pub(crate) metrics: Metrics,
    pub(crate) sessions: Sessions,
    pub(crate) upstream: Upstream,
    pub(crate) shutdown: Shutdown,
    pub(crate) console: Console,
    pub(crate) outbox: Option<Arc<Outbox>>,
    pub(crate) reviews: Option<Arc<Reviews>>,
    pub(crate) traces: Option<Arc<Traces>>,
    editions: OnceLock<Dir>,
    recorded: OnceLock<Arc<RecordedLedger>>,
    pub(crate) pieces: contracts::Pieces,
    settings: ArcSwap<Settings>,
    clock: SystemClock,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// The parts of a server with this configuration, judging on so many threads.
    ///
    /// # Errors
    /// Where the folder of measures or reviews, or a key, cannot be read.
    pub(crate) fn new(settings: Settings, host: Host, threads: usize) -> Result<Self, ServeError> {
        let outbox = settings.config.webhook.as_ref().map(Outbox::open).transpose()?.map(Arc::new);
        let reviews = settings.config.reviews.as_ref().map(Reviews::open).transpose()?.map(Arc::new);
        let metrics = Metrics::new();
        let traces = settings.config.traces.as_ref().map(|traces| Traces::new(traces, metrics.spans_dropped.clone()));
        let traces = traces.transpose()?.map(Arc::new);
        let judging = Judging::new(threads, settings.config.bounds.waiting);
        let upstream = Upstream::new(&settings.config.timeouts);
        Ok(Self {
            host,
            judging,
            metrics,
            sessions: Sessions::default(),
            upstream,
            shutdown: Shutdown::new(),
            console: Console::default(),
            outbox,
            reviews,
            traces,
            editions: OnceLock::new(),
            recorded: OnceLock::new(),
            pieces: contracts::Pieces::default(),
            settings: ArcSwap::from_pointee(settings),
            clock: SystemClock,
        })
    }

    /// Whether what a configuration names beside the keys of [`Settings`] can be read and used.
    ///
    /// # Errors
    /// As [`App::new`].
    pub(crate) fn check_files(config: &Config) -> Result<(), ServeError> {
        config.webhook.as_ref().map(Outbox::check).transpose()?;
        config.reviews.as_ref().map(Reviews::check).transpose()?;
        config.traces.as_ref().map(Traces::authorization).transpose().map(drop)
    }

    /// The configuration in force.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// Bounds and times.
    pub(crate) fn limits(&self) -> (Bounds, Timeouts) {
        let settings = self.settings.load();
        (settings.config.bounds.clone(), settings.config.timeouts.clone())
    }

    /// Who calls, if it may call here.
    ///
    /// # Errors
    /// Where it may not.
    pub(crate) fn caller<'a>(&self, asking: impl Into<Asking<'a>>, area: Area) -> Result<Caller, Problem> {
        self.settings.load().caller(asking, area, self.today())
    }

    /// Names the published folder of the host's edition.
    pub(crate) fn set_editions(&self, dir: Dir) {
        // A second one changes nothing.
        drop(self.editions.set(dir));
    }

    /// The published folder of the host's edition, where it was started from one.
    pub(crate) fn editions(&self) -> Option<Dir> {
        self.editions.get()?.try_clone().ok()
    }

    /// Names the ledger that the host records in.
    pub(crate) fn set_recorded(&self, recorded: RecordedLedger) {
        // A second one changes nothing.
        drop(self.recorded.set(Arc::new(recorded)));
    }

    /// The ledger that the host records in, where there is one.
    pub(crate) fn recorded(&self) -> Option<Arc<RecordedLedger>> {
        self.recorded.get().cloned()
    }

    pub(crate) fn today(&self) -> Date {
        self.clock.today()
    }

    /// Takes another configuration.
    ///
    /// # Errors
    /// Where a file that it names cannot be read; the one before stays in force.
    pub(crate) fn take(&self, config: Config) -> Result<(), ServeError> {
        let key_sets = self.settings.load().key_sets.clone();
        self.settings.store(Arc::new(Settings::with_keys(config, key_sets.clone())?));
        // It may name other addresses.
        key_sets.look_again();
        Ok(())
    }

    /// Reads the configuration again, where there is a way to.
    pub(crate) fn reload_by(&self, reload: Option<&Reload>) {
        let Some(reload) = reload else { return };
        match reload().and_then(|config| self.take(config).map_err(|error| error.to_string())) {
            Ok(()) => tracing::info!("the configuration was read again"),
            Err(error) => tracing::error!(error, "the configuration was not read again; the one before stays in force"),
        }
    }
}

/// All paths of the server.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(native::openapi_page))
        .route("/v1/decide", post(native::decide))
        .route("/v1/sessions", post(native::open))
        .route("/v1/sessions/{session}", axum::routing::delete(native::close))
        .route("/v1/sessions/{session}/events", post(native::submit))
        .route("/v1/sessions/{session}/settlements", post(native::settle))
        .route("/v1/sessions/{session}/streams", post(native::stream).get(native::socket))
        .route("/v1/streams", post(native::stream_alone).get(native::socket_alone))
        .route("/v1/explain", post(native::explain))
        .route("/v1/scan", post(native::scan))
        .route("/v1/coverage", get(native::coverage))
        .route("/v1/reviews", get(native::reviews))
        .route("/v1/reviews/{decision}", get(native::review))
        .route("/v1/reviews/{decision}/open", post(native::open_review))
        .route("/v1/reviews/{decision}/answers", post(native::answer_review))
        .route("/v1/labels/check", post(native::check_label))
        .route("/v1/labels/write", post(native::write_label))
        .route(contracts::EXT_PROC, post(contracts::process))
        .route(contracts::EXT_MCP[0], post(contracts::check_request))
        .route(contracts::EXT_MCP[1], post(contracts::check_response))
        .route("/contracts/{*rest}", axum::routing::any(contracts::answer))
        .merge(console::router())
        .route("/", post(contracts::answer_aliyun))
        .method_not_allowed_fallback(async || Problem::method())
        .fallback(proxy::pass_on)
        .layer(middleware::from_fn_with_state(app.clone(), each_request))
        .with_state(app)
}

/// What is done with every request: web pages are checked, answers are counted and get safe headers.
async fn each_request(State(app): State<Arc<App>>, mut request: Request<Body>, next: Next) -> Response {
    let started = Instant::now();
    let area = area_of(request.uri().path());
    let traces = app.traces.as_ref().filter(|_| matches!(area, "native" | "proxy" | "contracts"));
    let span = traces.and_then(|traces| traces.begin(request.headers(), area));
    if let Some(span) = &span {
        request.extensions_mut().insert(span.clone());
    }
    let checked = match area {
        "probe" => Ok(()),
        "console" => app.settings().check_own_origin(request.headers(), request.uri()),
        _ => app.settings().check_origin(request.headers(), request.uri()),
    };
    let is_draining = app.shutdown.phase() >= Phase::Draining;
    let mut response = match checked {
        Ok(()) if is_draining && area != "probe" && area != "metrics" => {
            Problem::busy("the server is stopping; ask another one").into_response()
        }
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    headers.entry(hyper::header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(span) = span {
        span.answered(response.status().as_u16());
    }
    app.metrics.count_request(area, response.status().as_u16());
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(area, status = response.status().as_u16(), micros, "answered");
    response
}

/// The part of the server that a path belongs to, as figures and logs name it.
fn area_of(path: &str) -> &'static str {
    match path {
        "/livez" | "/readyz" => "probe",
        "/metrics" => "metrics",
        "/console" => "console",
        _ if path.starts_with("/console/") => "console",
        "/" => "contracts",
        _ if path == contracts::EXT_PROC || contracts::EXT_MCP.contains(&path) => "contracts",
        _ if path.starts_with("/contracts/") => "contracts",
        _ if path.starts_with("/v1/") || path == "/openapi.json" => "native",
        _ => "proxy",
    }
}

async fn livez() -> &'static str {
    "alive\n"
}

/// Ready is a server that serves: a host always has an edition.
async fn readyz(State(app): State<Arc<App>>) -> Response {
    if app.shutdown.phase() == Phase::Serving {
        return format!("ready, edition {}\n", app.host.edition().id()).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response()
}

async fn metrics(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Response, Problem> {
    if !app.settings().config.open_metrics {
        app.caller(&request, Area::Metrics)?;
    }
    if let Some(recorded) = app.recorded() {
        app.metrics.ledger.show(&recorded.health());
    }
    let mut response = app.metrics.text().into_response();
    let format = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, format);
    Ok(response)
}
