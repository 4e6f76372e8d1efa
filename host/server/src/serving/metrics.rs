//! Figures for Prometheus: how much of what, how long, never what was said.

use std::time::Duration;

use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use specialis::core::Decision;
use specialis_ledger::LedgerHealth;

use super::recent::Recent;

/// Labels of a family.
type Labels<const N: usize> = [(&'static str, String); N];

/// The figures of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels<2>, Counter>,
    decisions: Family<Labels<2>, Counter>,
    undone: Counter,
    measures: Family<Labels<1>, Counter>,
    reviews: Family<Labels<1>, Counter>,
    judging: Histogram,
    upstream: Family<Labels<2>, Counter>,
    stopped: Family<Labels<1>, Counter>,
    faults: Counter,
    /// How the ledger does.
    pub(crate) ledger: LedgerFigures,
    /// Spans that nobody took.
    pub(crate) spans_dropped: Counter,
    /// What was decided lately, for the console.
    pub(crate) recent: Recent,
    /// Streams that are open now.
    pub(crate) streams: Gauge,
    /// Sessions that are open now.
    pub(crate) sessions: Gauge,
    /// Connections that are open now.
    pub(crate) connections: Gauge,
}

/// How the ledger does; all zero where there is none.
#[derive(Debug, Default)]
pub(crate) struct LedgerFigures {
    signed: Gauge,
    queued: Gauge,
    unsigned: Gauge,
    dropped: Gauge,
    standing_waiting: Gauge,
    stopped: Gauge,
}

impl LedgerFigures {
    fn register(&self, registry: &mut Registry) {
        for (name, help, gauge) in [
            ("ledger_signed", "Records that are signed", &self.signed),
            ("ledger_queued", "Records that wait to be written", &self.queued),
            ("ledger_unsigned", "Durable records that wait for a signature", &self.unsigned),
            ("ledger_dropped", "Records that were not kept since the start; each is in a gap", &self.dropped),
            ("ledger_standing_waiting", "Changes of standings that wait for their store", &self.standing_waiting),
            ("ledger_stopped", "Whether the ledger stopped writing", &self.stopped),
        ] {
            registry.register(name, help, gauge.clone());
        }
    }

    /// Takes how it does now.
    pub(crate) fn show(&self, health: &LedgerHealth) {
        let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        for (gauge, n) in [
            (&self.signed, health.signed),
            (&self.queued, wide(health.n_queued)),
            (&self.unsigned, wide(health.n_unsigned)),
            (&self.dropped, health.n_dropped),
            (&self.standing_waiting, health.n_standing_waiting),
            (&self.stopped, u64::from(health.stopped.is_some())),
        ] {
            gauge.set(i64::try_from(n).unwrap_or(i64::MAX));
        }
    }
}

/// One stream that is open, counted as long as it lives.
#[derive(Debug)]
pub(crate) struct OpenOne(Gauge);

impl OpenOne {
    /// Counts one more.
    pub(crate) fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for OpenOne {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("specialis");
        let requests = Family::<Labels<2>, Counter>::default();
        registry.register("requests", "Requests, by part of the server and status", requests.clone());
        let decisions = Family::<Labels<2>, Counter>::default();
        registry.register("decisions", "Decisions, by kind of event and verdict", decisions.clone());
        let undone = Counter::default();
        registry.register("undone", "Obligations that nobody carried out", undone.clone());
        let measures = Family::<Labels<1>, Counter>::default();
        registry.register("measures", "Measures of the webhook, by what became of them or of a try", measures.clone());
        let reviews = Family::<Labels<1>, Counter>::default();
        registry.register("reviews", "Content that waits for a person, by what became of it", reviews.clone());
        let judging = Histogram::new(exponential_buckets(0.000_01, 2.0, 18));
        registry.register("judging_seconds", "Time to judge one event or one piece of a stream", judging.clone());
        let upstream = Family::<Labels<2>, Counter>::default();
        registry.register("upstream_answers", "Answers of upstreams, by route and status", upstream.clone());
        let stopped = Family::<Labels<1>, Counter>::default();
        registry.register("stopped", "Prompts and answers that were stopped, by route", stopped.clone());
        let faults = Counter::default();
        registry.register("faults", "Evaluations of policies that failed", faults.clone());
        let ledger = LedgerFigures::default();
        ledger.register(&mut registry);
        let spans_dropped = Counter::default();
        registry.register("spans_dropped", "Spans that the collector of traces did not take", spans_dropped.clone());
        let (streams, sessions, connections) = (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("open_streams", "Streams that are open", streams.clone());
        registry.register("open_sessions", "Sessions that are open", sessions.clone());
        registry.register("open_connections", "Connections that are open", connections.clone());
        Self {
            registry,
            requests,
            decisions,
            undone,
            measures,
            reviews,
            judging,
            upstream,
            stopped,
            faults,
            ledger,
            spans_dropped,
            recent: Recent::default(),
            streams,
            sessions,
            connections,
        }
    }

    pub(crate) fn count_request(&self, area: &'static str, status: u16) {
        self.requests.get_or_create(&[("area", area.to_owned()), ("status", status.to_string())]).inc();
    }

    pub(crate) fn count_decision(&self, decision: &Decision) {
        let labels = [("kind", decision.kind.as_str().to_owned()), ("verdict", decision.verdict.as_str().to_owned())];
        self.decisions.get_or_create(&labels).inc();
        self.faults.inc_by(u64::try_from(Recent::n_faults(decision)).unwrap_or(u64::MAX));
        self.recent.add(decision);
    }

    pub(crate) fn count_undone(&self, n: u32) {
        self.undone.inc_by(u64::from(n));
    }

    pub(crate) fn count_measure(&self, state: &str) {
        self.measures.get_or_create(&[("state", state.to_owned())]).inc();
    }

    pub(crate) fn count_review(&self, state: &str) {
        self.reviews.get_or_create(&[("state", state.to_owned())]).inc();
    }

    pub(crate) fn count_upstream(&self, route: &str, status: u16) {
        self.upstream.get_or_create(&[("route", route.to_owned()), ("status", status.to_string())]).inc();
    }

    pub(crate) fn count_stopped(&self, route: &str) {
        self.stopped.get_or_create(&[("route", route.to_owned())]).inc();
    }

    pub(crate) fn time_judging(&self, elapsed: Duration) {
        self.judging.observe(elapsed.as_secs_f64());
        self.recent.time(elapsed);
    }

    /// All figures as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // INVARIANT: writing to a string does not fail.
        _ = encode(&mut text, &self.registry);
        text
    }
}
