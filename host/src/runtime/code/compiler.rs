//! Compiling in a process of its own, so that code which costs too much ends that process and not the host.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::store::trusted;
use crate::runtime::engine::{self, InstanceReset};
use crate::runtime::error::SandboxError;
use crate::runtime::limits::{CodeOf, Limits};

/// The longest answer that is read of a compiler, in bytes.
const MAX_ANSWER: u64 = 512 << 20;
/// How many times the deadline of others a policy has whose signer may bring an interpreter.
const INTERPRETED: u32 = 4;
/// The longest first line of a request, in bytes.
const MAX_REQUEST: usize = 1 << 12;

/// A program that compiles policies for a host: it runs for one compilation, with a deadline and a memory limit, and what it
/// cannot compile within them is refused. Without one the host compiles in its own process, where a compilation that has begun
/// is not broken off.
///
/// Any program will do that calls [`serve`](Self::serve) when it is started with the arguments given here, such as the embedding
/// program itself:
///
/// ```no_run
/// use specialis::CompilerProcess;
///
/// if std::env::args().nth(1).as_deref() == Some("compile-code") {
///     std::process::exit(i32::from(CompilerProcess::serve(std::io::stdin(), std::io::stdout()).is_err()));
/// }
/// let compiler = CompilerProcess::new(std::env::current_exe()?).args(["compile-code"]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CompilerProcess {
    program: PathBuf,
    args: Vec<OsString>,
    deadline: Duration,
    memory: u64,
}

/// What a host asks a compiler for: a line of JSON, and then the component.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Request {
    stack: usize,
    memory: usize,
    table: usize,
    memory_keep_resident: usize,
    table_keep_resident: usize,
    optimizes: bool,
    /// Bytes of memory that the process may use.
    may_use: u64,
}

/// What the first byte of an answer says.
const COMPILED: u8 = 1;
const REFUSED: u8 = 0;

impl CompilerProcess {
    /// A program that compiles, for a minute and with 2 GiB of memory at most; for four minutes where the policy's signer may bring an
    /// interpreter.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), args: Vec::new(), deadline: Duration::from_mins(1), memory: 2 << 30 }
    }

    /// The arguments with which it is started.
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// How long one compilation may take; that of a policy whose signer may bring an interpreter takes four times as long.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many bytes of memory one compilation may use. The process sets this limit itself, where the system has such limits
    /// (`RLIMIT_DATA`).
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// Compiles what a host asks for on `input`, and answers on `output`.
    ///
    /// # Errors
    /// If the request is none, if the engine does not start, or if the answer cannot be written.
    pub fn serve(mut input: impl Read, mut output: impl Write) -> std::io::Result<()> {
        let mut line = Vec::new();
        let mut byte = [0];
        while line.last() != Some(&b'\n') {
            if line.len() >= MAX_REQUEST {
                return Err(std::io::Error::other("a host starts this program, and it asks for something else"));
            }
            input.read_exact(&mut byte)?;
            line.extend(byte);
        }
        let request: Request = serde_json::from_slice(&line)?;
        let mut component = Vec::new();
        input.read_to_end(&mut component)?;
        limit_memory(request.may_use)?;
        let engine = request.engine().map_err(std::io::Error::other)?;
        match engine.precompile_component(&component) {
            Ok(code) => {
                output.write_all(&[COMPILED])?;
                output.write_all(&code)?;
            }
            Err(error) => {
                output.write_all(&[REFUSED])?;
                write!(output, "{error:#}")?;
            }
        }
        output.flush()
    }

    /// Compiles a component for an engine.
    pub(crate) fn compile(
        &self,
        engine: &Engine,
        (code, optimizes): (CodeOf, bool),
        (limits, reset): (&Limits, &InstanceReset),
        bytes: &[u8],
    ) -> Result<Component, SandboxError> {
        let deadline = match code {
            CodeOf::Anyone => self.deadline,
            CodeOf::Interpreter => self.deadline.saturating_mul(INTERPRETED),
        };
        let request = Request {
            stack: limits.stack,
            memory: limits.memory,
            table: limits.table,
            memory_keep_resident: reset.memory_keep_resident,
            table_keep_resident: reset.table_keep_resident,
            optimizes,
            may_use: self.memory,
        };
        let answer = self.ask(&request, bytes, deadline)?;
        let stopped = || self.stopped(deadline);
        match answer.split_first() {
            Some((&COMPILED, code)) => trusted(engine, code).ok_or_else(stopped),
            Some((&REFUSED, why)) => {
                Err(SandboxError::Compile { source: String::from_utf8_lossy(why).into_owned().into() })
            }
            Some(_) | None => Err(stopped()),
        }
    }

    /// Starts the program, hands it a request, and waits for what it answers, no longer than it may take.
    fn ask(&self, request: &Request, bytes: &[u8], deadline: Duration) -> Result<Vec<u8>, SandboxError> {
        let failed = |source| SandboxError::CompilerStart { program: self.program.display().to_string(), source };
        let mut head = serde_json::to_vec(request).map_err(|e| failed(e.into()))?;
        head.push(b'\n');
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = Running(command.spawn().map_err(failed)?);
        let (stdin, stdout) = (child.0.stdin.take(), child.0.stdout.take());
        let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else { return Err(self.stopped(deadline)) };
        let (done, answer) = mpsc::channel();
        thread::scope(|scope| {
            // Either side ends with the process, which ends with the deadline at the latest.
            scope.spawn(move || stdin.write_all(&head).and_then(|()| stdin.write_all(bytes)));
            scope.spawn(move || {
                let mut answer = Vec::new();
                let read = stdout.take(MAX_ANSWER).read_to_end(&mut answer);
                let _ = done.send(read.map(|_| answer));
            });
            let answer = answer.recv_timeout(deadline);
            child.end();
            match answer {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(_)) | Err(_) => Err(self.stopped(deadline)),
            }
        })
    }

    fn stopped(&self, deadline: Duration) -> SandboxError {
        SandboxError::CompilerStopped { seconds: deadline.as_secs(), mebibytes: self.memory >> 20 }
    }
}

impl Request {
    /// An engine whose code a host of these limits takes.
    fn engine(&self) -> Result<Engine, SandboxError> {
        let limits = Limits { stack: self.stack, memory: self.memory, table: self.table, ..Limits::default() };
        let reset = InstanceReset {
            memory_keep_resident: self.memory_keep_resident,
            table_keep_resident: self.table_keep_resident,
        };
        if self.optimizes { engine::engine(&limits, &reset, 1) } else { engine::setup_engine(&limits) }
    }
}

/// A process that does not outlive what waits for it.
struct Running(Child);

impl Running {
    fn end(&mut self) {
        // One that has ended already cannot be ended again.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Keeps this process from using more memory than so many bytes. What is only reserved does not count.
#[cfg(unix)]
fn limit_memory(bytes: u64) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let own = getrlimit(Resource::Data).maximum;
    let limit = Some(own.map_or(bytes, |own| own.min(bytes)));
    Ok(setrlimit(Resource::Data, Rlimit { current: limit, maximum: limit })?)
}

#[cfg(not(unix))]
fn limit_memory(_bytes: u64) -> std::io::Result<()> {
    Ok(())
}
