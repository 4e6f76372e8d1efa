//! The listener: takes connections, serves them, and ends them cleanly when the server is told to stop.

use std::fmt;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use cap_std::fs::Dir;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use specialis::signed::{Applied, Watch, WatchEvent, WatchHandle};
use specialis::{Host, MaintenanceReport};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use super::error::ServeError;
use super::metrics::OpenOne;
use super::peer::Peer;
use super::settings::Settings;
use super::shutdown::Phase;
use super::tls;
use crate::app::{App, router};
use crate::config::{Bounds, Config, Timeouts, duration};
use crate::console::TableMaker;
use crate::recorded::RecordedLedger;

/// How often a folder of editions is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long a connection may still take once everything on it was told to end.
const LAST: Duration = Duration::from_secs(5);

/// Reads the configuration again, and says in one line why it cannot.
pub type Reload = Box<dyn Fn() -> Result<Config, String> + Send + Sync>;

/// A server that is bound to its address and serves nothing yet.
pub struct Server {
    runtime: tokio::runtime::Runtime,
    listener: TcpListener,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    app: Arc<App>,
    watch: Option<WatchHandle>,
}

/// A server that serves on threads of its own.
pub struct Running {
    address: SocketAddr,
    app: Arc<App>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Reads what the configuration names, and binds the address.
    ///
    /// # Errors
    /// Where a file cannot be read or the address cannot be listened on.
    pub fn bind(config: Config, host: Host) -> Result<Self, ServeError> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .map_err(|source| ServeError::Threads { source })?;
        let acceptor = config.tls.as_ref().map(tls::acceptor).transpose()?;
        let listen = config.listen;
        let failed = |source| ServeError::Listen { listen, source };
        let listener = runtime.block_on(TcpListener::bind(listen)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let app = Arc::new(App::new(Settings::new(config)?, host, threads)?);
        Ok(Self { runtime, listener, address, acceptor, app, watch: None })
    }

    /// Checks that every file and folder that a configuration names can be read and used. Nothing is made or changed.
    ///
    /// # Errors
    /// Where something cannot.
    pub fn check(config: &Config) -> Result<(), ServeError> {
        config.tls.as_ref().map(tls::acceptor).transpose()?;
        Settings::new(config.clone())?;
        App::check_files(config)
    }

    /// The address it is bound to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Names the published folder that the host's edition comes from. Signed acts that are put there, by the console or by others,
    /// are carried out while the server serves.
    ///
    /// # Errors
    /// Where the thread that watches the folder does not start.
    pub fn editions(mut self, dir: Dir) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Threads { source };
        let watch = Watch::new(self.app.host.clone(), dir.try_clone().map_err(failed)?);
        let maintained = |report: &MaintenanceReport| {
            for policy in &report.quarantined {
                tracing::error!(
                    policy = policy.as_str(),
                    "a policy is quarantined: it faults often and fails its vectors"
                );
            }
            for policy in &report.returned {
                tracing::info!(policy = policy.as_str(), "a policy is back from quarantine");
            }
            if let Some(edition) = &report.went_back_to {
                tracing::error!(edition = edition.as_str(), "an earlier edition is live again, after repeated faults");
            }
        };
        self.watch = Some(watch.spawn(LOOK, watched, maintained).map_err(failed)?);
        self.app.set_editions(dir);
        Ok(self)
    }

    /// Names the ledger that the host records in: the console shows it, and figures say how it does.
    #[must_use]
    pub fn ledger(self, recorded: RecordedLedger) -> Self {
        self.app.set_recorded(recorded);
        self
    }

    /// Names who makes policies of tables: the playground of the console takes tables then.
    #[must_use]
    pub fn tables(self, maker: Box<dyn TableMaker>) -> Self {
        self.app.console.tables.set(maker);
        self
    }

    /// A code that lets one operator into the console, once. None where the system gives no randomness.
    pub fn console_code(&self) -> Option<String> {
        self.app.console.access.new_code()
    }

    /// Serves until the process is told to stop, by SIGTERM or an interrupt. SIGHUP reads the configuration again.
    pub fn run(self, reload: Option<Reload>) {
        let Self { runtime, listener, acceptor, app, watch, .. } = self;
        let stopped = app.clone();
        runtime.spawn(async move { signals(&stopped, reload).await });
        runtime.block_on(accept(listener, acceptor, app));
        drop(watch);
        runtime.shutdown_timeout(LAST);
    }

    /// Serves on threads of its own.
    pub fn spawn(self) -> Running {
        let (address, app) = (self.address, self.app.clone());
        let thread = std::thread::spawn(move || {
            let Self { runtime, listener, acceptor, app, watch, .. } = self;
            runtime.block_on(accept(listener, acceptor, app));
            drop(watch);
            runtime.shutdown_timeout(LAST);
        });
        Running { address, app, thread: Some(thread) }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Running {
    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes another configuration. The address, TLS and the bounds of connections stay as they are.
    ///
    /// # Errors
    /// Where a file that it names cannot be read; the one before stays in force.
    pub fn reload(&self, config: Config) -> Result<(), ServeError> {
        self.app.take(config)
    }

    /// Tells it to stop: what is open goes on until the configured time, then ends cleanly.
    pub fn begin_stop(&self) {
        self.app.shutdown.enter(Phase::Draining);
    }

    /// Stops it and waits until it has.
    pub fn stop(mut self) {
        self.begin_stop();
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.app.shutdown.enter(Phase::Ending);
        self.join();
    }
}

/// Says what came of an act in the folder of editions.
fn watched(event: &WatchEvent) {
    match event {
        WatchEvent::Applied(Applied::Published(edition) | Applied::RolledBack(edition)) => {
            tracing::info!(edition = edition.id(), "another edition is live");
        }
        WatchEvent::Applied(Applied::Amended(edition)) => {
            tracing::info!(edition = edition.id(), "revocations and approvers are up to date");
        }
        WatchEvent::Applied(Applied::Unchanged) => {}
        WatchEvent::Refused(error) => {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            tracing::error!(error = %error, cause, "an act was refused; the live edition stays");
        }
    }
}

/// Waits for signals. On other systems an interrupt alone stops.
async fn signals(app: &Arc<App>, reload: Option<Reload>) {
    use tokio::signal::unix::{SignalKind, signal};
    let streams = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()));
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)) = streams else {
        tracing::error!("signals cannot be waited for; end the process to stop it");
        return;
    };
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => app.reload_by(reload.as_ref()),
        }
    }
    tracing::info!("stopping");
    app.shutdown.enter(Phase::Draining);
}

/// Takes connections until the server is told to stop, then waits for those that are open.
async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, app: Arc<App>) {
    let (bounds, timeouts) = app.limits();
    let connections = Arc::new(Semaphore::new(bounds.connections));
    let router = router(app.clone());
    if let Some(outbox) = app.outbox.clone() {
        tokio::spawn(outbox.run(app.clone()));
    }
    tokio::spawn(app.settings().key_sets.clone().run(app.clone()));
    if let Some(traces) = app.traces.clone() {
        tokio::spawn(traces.run(app.clone()));
    }
    if let Some(reviews) = app.reviews.clone() {
        tokio::spawn(reviews.run(app.clone()));
    }
    loop {
        let next = async {
            let permit = connections.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, stream) = tokio::select! {
            (permit, accepted) = next => match accepted {
                Ok((stream, _)) => (permit, stream),
                Err(error) => {
                    // Too many open files, or a client that is gone already: the next one may do.
                    tracing::warn!(error = %error, "a connection was not taken");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
            () = app.shutdown.reached(Phase::Draining) => break,
        };
        let connection = Connection {
            router: router.clone(),
            acceptor: acceptor.clone(),
            app: app.clone(),
            limits: (bounds.clone(), timeouts.clone()),
        };
        // INVARIANT: the semaphore is never closed.
        let Ok(permit) = permit else { break };
        let place = ConnectionPlace(Arc::new((permit, OpenOne::of(&connection.app.metrics.connections))));
        tokio::spawn(async move { connection.serve(stream, place).await });
    }
    drop(listener);
    let n = u32::try_from(bounds.connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(duration(timeouts.drain), connections.acquire_many(n)).await.is_err() {
        app.shutdown.enter(Phase::Ending);
        drop(tokio::time::timeout(LAST, connections.acquire_many(n)).await);
    }
}

/// The place of a connection among those that may be open. Requests carry it, so that one that makes its connection a WebSocket
/// keeps it to the end.
#[derive(Clone)]
pub(crate) struct ConnectionPlace(
    #[expect(dead_code, reason = "held until the last clone is dropped")] Arc<(OwnedSemaphorePermit, OpenOne)>,
);

/// One connection.
struct Connection {
    router: Router,
    acceptor: Option<TlsAcceptor>,
    app: Arc<App>,
    limits: (Bounds, Timeouts),
}

impl Connection {
    async fn serve(self, stream: TcpStream, place: ConnectionPlace) {
        // Small pieces of a stream go out at once.
        drop(stream.set_nodelay(true));
        let Some(acceptor) = &self.acceptor else { return self.serve_on(stream, place, None).await };
        let time = duration(self.limits.1.headers);
        match tokio::time::timeout(time, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let peer = Peer::of(stream.get_ref().1.peer_certificates());
                self.serve_on(stream, place, peer).await;
            }
            Ok(Err(error)) => tracing::debug!(error = %error, "a client did not come to TLS"),
            Err(_) => tracing::debug!("a client did not come to TLS in time"),
        }
    }

    async fn serve_on(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        place: ConnectionPlace,
        peer: Option<Peer>,
    ) {
        let (bounds, timeouts) = &self.limits;
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(duration(timeouts.headers))
            .max_headers(bounds.header_fields)
            .max_buf_size(bounds.headers.max(8_192));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(256)
            .max_header_list_size(u32::try_from(bounds.headers).unwrap_or(u32::MAX))
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20));
        let router = TowerToHyperService::new(self.router.clone());
        let (has_asked, first) = (Arc::new(Notify::new()), duration(timeouts.headers));
        let asked = has_asked.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            asked.notify_one();
            request.extensions_mut().insert(place.clone());
            if let Some(peer) = &peer {
                request.extensions_mut().insert(peer.clone());
            }
            router.call(request)
        });
        // The time for headers counts from their first bytes on: a client that sends none would keep its place for ever.
        let silent = async {
            if tokio::time::timeout(first, has_asked.notified()).await.is_ok() {
                std::future::pending::<()>().await;
            }
        };
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = silent => return tracing::debug!("a client asked nothing in time"),
            () = self.app.shutdown.reached(Phase::Draining) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(error = %error, "a connection broke off");
        }
    }
}
