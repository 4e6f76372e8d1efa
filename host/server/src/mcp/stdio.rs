//! Standard input and output: a server that runs as a program of its own, one message a line. No async: two threads, one for each
//! direction.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::Value;
use specialis::core::{Context, Event};
use specialis::{Host, Session};

use super::guard::error;
use super::{Guard, Onward, Pending, Ruling, Sender};
use crate::native::random_id;
use crate::proxy::{nothing, settle_in_text};

/// Bytes of one message.
const MAX_LINE: u64 = 8 << 20;
/// Requests that wait for an answer. More are answered with an error.
const MAX_PENDING: usize = 1_024;
/// What a client reads where too many of its requests wait.
const BUSY: i32 = -32_603;

/// Why a governed server came to no end of its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StdioError {
    /// The program cannot be started.
    #[error("`{program}` cannot be started; give the command of a server that speaks over standard input and output")]
    Start {
        /// The program.
        program: String,
        /// What happened.
        source: io::Error,
    },
    /// What the program writes cannot be read.
    #[error("the server's messages cannot be read any more; a message is one line of at most {MAX_LINE} bytes")]
    Read {
        /// What happened.
        source: io::Error,
    },
    /// Nobody reads what the server says.
    #[error("the client's side is closed")]
    Write {
        /// What happened.
        source: io::Error,
    },
}

/// A server of tools that runs as a program of its own, governed.
#[derive(Clone)]
pub struct StdioServer {
    host: Host,
    context: Arc<Context>,
    guard: Guard,
}

impl std::fmt::Debug for StdioServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StdioServer").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl StdioServer {
    /// Governs a server under a name. Its tools are judged as `NAME/TOOL`, in sessions with this context. `notice` stands in
    /// place of what does not go on.
    pub fn new(host: Host, context: Arc<Context>, name: &str, notice: &str) -> Self {
        Self { host, context, guard: Guard { server: name.to_owned(), notice: notice.to_owned() } }
    }

    /// Starts the program and carries messages between it and a client, until the program ends. It is told to end when the
    /// client's side does.
    ///
    /// # Errors
    /// Where the program cannot be started, or one of the sides breaks off.
    pub fn run(
        &self,
        command: &mut Command,
        input: impl BufRead + Send + 'static,
        output: impl Write + Send + 'static,
    ) -> Result<ExitStatus, StdioError> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = Running(child.map_err(|source| StdioError::Start {
            program: command.get_program().to_string_lossy().into_owned(),
            source,
        })?);
        let sides = Arc::new(Sides {
            server: Mutex::new(child.0.stdin.take()),
            client: Mutex::new(Box::new(output)),
            pending: Mutex::default(),
        });
        let (of_client, judge) = (ClientSide(sides.clone()), self.clone());
        // It ends with the client's side, or with the process: nothing waits for it.
        thread::spawn(move || {
            let side = of_client;
            judge.carry(Sender::Client, input, &side.0).unwrap_or_else(|error| {
                tracing::warn!(error = %error, "the client's side broke off");
            });
        });
        if let Some(output) = child.0.stdout.take() {
            self.carry(Sender::Server, BufReader::new(output), &sides)?;
        }
        *lock(&sides.server) = None;
        child.0.wait().map_err(|source| StdioError::Read { source })
    }

    /// Carries the messages of one side to the other.
    fn carry(&self, sender: Sender, mut from: impl BufRead, sides: &Sides) -> Result<(), StdioError> {
        loop {
            let mut line = Vec::new();
            let read = from.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
            let n_read = read.map_err(|source| StdioError::Read { source })?;
            if n_read == 0 {
                return Ok(());
            }
            if line.last() != Some(&b'\n') && u64::try_from(n_read).unwrap_or(u64::MAX) >= MAX_LINE {
                let source = io::Error::new(io::ErrorKind::InvalidData, "a message is longer");
                return Err(StdioError::Read { source });
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            // What is no JSON is no message either, and is answered as such.
            let message = serde_json::from_slice(&line).unwrap_or(Value::Null);
            let onward = self.judge(sender, message, sides);
            match (onward, sender) {
                (Onward::Pass(message), Sender::Client) | (Onward::Answer(message), Sender::Server) => {
                    sides.to_server(&message)?;
                }
                (Onward::Pass(message), Sender::Server) | (Onward::Answer(message), Sender::Client) => {
                    sides.to_client(&message)?;
                }
                (Onward::Nothing, _) => {}
            }
        }
    }

    /// Judges a message, in the session of the request that it answers.
    fn judge(&self, sender: Sender, message: Value, sides: &Sides) -> Onward {
        let id = message.get("id").filter(|_| message.get("method").is_none()).map(Value::to_string);
        let known = id.filter(|_| sender == Sender::Server).and_then(|id| lock(&sides.pending).remove(&id));
        let (pending, session) = known.map_or((None, None), |(pending, session)| (Some(pending), Some(session)));
        let mut session = session
            .unwrap_or_else(|| self.host.open(random_id().unwrap_or_else(|| "mcp".to_owned()), self.context.clone()));
        let own = Pending::of(&message).filter(|_| sender == Sender::Client);
        let asks = own.map(|own| (message.get("id").cloned().unwrap_or_default(), own));
        if let Some((id, _)) = &asks
            && lock(&sides.pending).len() >= MAX_PENDING
        {
            return Onward::Answer(error(id, BUSY, "too many requests wait for an answer; wait for some", None));
        }
        let onward = self.guard.take(sender, message, pending.as_ref(), &mut |event, _| judge(&mut session, event));
        if let (Some((id, own)), Onward::Pass(_)) = (asks, &onward) {
            lock(&sides.pending).insert(id.to_string(), (own, session));
        }
        onward
    }
}

/// Judges an event, and settles what is done in its text.
fn judge(session: &mut Session, event: Event) -> Ruling {
    let judged = session.submit(event);
    settle_in_text(session, &judged.decision, &nothing, Vec::new());
    Ruling::of(judged)
}

/// A program that does not outlive its governor.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The client's side. When its thread ends, by a panic too, the program is told to end: otherwise it would be waited for without end.
struct ClientSide(Arc<Sides>);

impl Drop for ClientSide {
    fn drop(&mut self) {
        *lock(&self.0.server) = None;
    }
}

/// Where messages go, and the requests that wait for an answer, by the text of their id.
struct Sides {
    server: Mutex<Option<ChildStdin>>,
    client: Mutex<Box<dyn Write + Send>>,
    pending: Mutex<HashMap<String, (Pending, Session)>>,
}

impl Sides {
    fn to_server(&self, message: &Value) -> Result<(), StdioError> {
        let mut server = lock(&self.server);
        server.as_mut().map_or(Ok(()), |server| write(server, message))
    }

    fn to_client(&self, message: &Value) -> Result<(), StdioError> {
        write(&mut *lock(&self.client), message)
    }
}

fn write(to: &mut impl Write, message: &Value) -> Result<(), StdioError> {
    let line = format!("{message}\n");
    to.write_all(line.as_bytes()).and_then(|()| to.flush()).map_err(|source| StdioError::Write { source })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
