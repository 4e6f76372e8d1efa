//! PostgreSQL's own client.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The client, with the address of a database.
pub(super) struct Psql {
    address: String,
}

impl Psql {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.to_owned() }
    }

    /// Runs a script up to the first error, and returns what it says.
    pub(super) fn run(&self, script: &str) -> Result<String> {
        let options = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password"];
        let mut child = Command::new("psql")
            .args(options)
            .args(["--set", "ON_ERROR_STOP=1", "--file", "-", "--dbname", &self.address])
            .env("PGCLIENTENCODING", "UTF8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("`psql` cannot be run; install PostgreSQL's client (`postgresql-client` on Debian)")?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // It says little, and only at the end; but it may stop reading in the middle.
            let fed = scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(script.as_bytes())));
            let output = child.wait_with_output();
            let _ = fed.join();
            output
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said =
                said.lines().find(|line| line.contains("ERROR") || line.contains("error")).unwrap_or(said.trim());
            bail!("the database did not take the records: {said}");
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A text as SQL has it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
