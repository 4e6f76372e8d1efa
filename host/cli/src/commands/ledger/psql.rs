//! PostgreSQL's own client: for one script, or kept running for many.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// What comes first on every connection: records go to another machine over TLS alone.
pub(super) const GUARD: &str = "
set client_min_messages = warning;
do $$ begin
    if inet_client_addr() is not null and not (inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1')
        and not (select ssl from pg_stat_ssl where pid = pg_backend_pid()) then
        raise exception 'the database is on another machine, and records may not go there in the clear; add sslmode=verify-full';
    end if;
end $$;
";
/// How long a connection may take to come about, in seconds; the least that the client knows.
const CONNECT_SECONDS: &str = "2";

/// The client, with the address of a database.
#[derive(Clone)]
pub(super) struct Psql {
    address: String,
}

impl Psql {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.to_owned() }
    }

    /// Runs a script up to the first error, and returns what it says.
    pub(super) fn run(&self, script: &str) -> Result<String> {
        let mut child = self.spawn()?;
        let stdin = child.stdin.take();
        let output = thread::scope(|scope| {
            // It says little, and only at the end; but it may stop reading in the middle.
            let fed = scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(script.as_bytes())));
            let output = child.wait_with_output();
            let _ = fed.join();
            output
        })?;
        if !output.status.success() {
            bail!("the database did not take the records: {}", complaint(&String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// A client that goes on running. It connects at once, and says so with the first answer.
    pub(super) fn connect(&self) -> Result<PsqlSession> {
        let mut child = self.spawn()?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("`psql` has no standard input and output");
        };
        let (scripts, waiting) = channel::<String>();
        let (said, lines) = channel();
        // Neither of them may hold up whoever asks: a database that hangs is given up after a while.
        thread::spawn(move || {
            while let Ok(script) = waiting.recv() {
                if stdin.write_all(script.as_bytes()).and_then(|()| stdin.flush()).is_err() {
                    return;
                }
            }
        });
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if line.ok().is_none_or(|line| said.send(line).is_err()) {
                    return;
                }
            }
        });
        Ok(PsqlSession { child, scripts, lines, n_asked: 0 })
    }

    fn spawn(&self) -> Result<Child> {
        let options = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password"];
        Command::new("psql")
            .args(options)
            .args(["--set", "ON_ERROR_STOP=1", "--file", "-", "--dbname", &self.address])
            .env("PGCLIENTENCODING", "UTF8")
            .env("PGCONNECT_TIMEOUT", CONNECT_SECONDS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("`psql` cannot be run; install PostgreSQL's client (`postgresql-client` on Debian)")
    }
}

/// A client that goes on running. It ends at the first error, and with this value.
pub(super) struct PsqlSession {
    child: Child,
    scripts: Sender<String>,
    lines: Receiver<String>,
    n_asked: u64,
}

impl PsqlSession {
    /// Runs a script, and returns the lines that it says. After an error the connection is of no use any more.
    pub(super) fn ask(&mut self, script: &str, patience: Duration) -> Result<Vec<String>> {
        self.n_asked = self.n_asked.saturating_add(1);
        let end = format!("specialis answers {}", self.n_asked);
        // Where the client has ended, nothing takes the script, and the lines say so.
        let _ = self.scripts.send(format!("{script}\nselect '{end}';\n"));
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(patience) {
                Ok(line) if line == end => return Ok(said),
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Timeout) => bail!("the database does not answer within {patience:?}"),
                Err(RecvTimeoutError::Disconnected) => bail!("the database cannot be asked: {}", self.complaint()),
            }
        }
    }

    /// Why the client ended.
    fn complaint(&mut self) -> String {
        let _ = self.child.kill();
        let mut said = Vec::new();
        if let Some(stderr) = &mut self.child.stderr {
            let _ = stderr.take(64 << 10).read_to_end(&mut said);
        }
        complaint(&String::from_utf8_lossy(&said)).to_owned()
    }
}

impl Drop for PsqlSession {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The line that says what is wrong.
fn complaint(said: &str) -> &str {
    said.lines()
        .find(|line| line.contains("ERROR") || line.contains("error"))
        .unwrap_or_else(|| said.trim().lines().next().unwrap_or_default())
}

/// A text as SQL has it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
