//! Debian's PostgreSQL on a socket of its own, for tests that need a database.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running PostgreSQL in a temporary folder.
pub struct Database {
    folder: tempfile::TempDir,
    programs: PathBuf,
    /// Who runs it: PostgreSQL refuses root.
    user: Option<&'static str>,
}

impl Database {
    /// Starts one; nothing, with a word on why, where PostgreSQL is not installed.
    #[expect(clippy::print_stdout, reason = "what a test leaves out is said")]
    pub fn start() -> Option<Self> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok();
        let programs = versions.into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
        let Some(programs) = programs.filter(|bin| bin.join("initdb").exists()).max() else {
            println!("not run: `postgresql` is not installed; `cargo xtask label-tools` installs it");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let database = Self { folder, programs, user: is_root.then_some("postgres") };
        if is_root {
            assert!(Command::new("chown").arg("postgres").arg(database.folder.path()).status().unwrap().success());
        }
        let data = database.path("data");
        database.run("initdb", &["-D", &data, "-U", "keeper", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        database.up();
        Some(database)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn run(&self, program: &str, args: &[&str]) {
        let program = self.programs.join(program);
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid", user, "--clear-groups"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let status = command.args(args).current_dir("/").stdout(std::process::Stdio::null()).status().unwrap();
        assert!(status.success(), "{args:?}");
    }

    /// Starts it, and waits until it answers.
    pub fn up(&self) {
        // No power failure is tried, so nothing waits for the disk.
        let socket = self.folder.path().display();
        let options = format!("-c fsync=off -c listen_addresses= -c unix_socket_directories={socket}");
        self.run("pg_ctl", &["-D", &self.path("data"), "-l", &self.path("log"), "-o", &options, "-w", "start"]);
    }

    /// Stops it at once, as if the machine had.
    pub fn cut(&self) {
        self.run("pg_ctl", &["-D", &self.path("data"), "-m", "immediate", "-w", "stop"]);
    }

    /// Where a client finds it.
    pub fn address(&self) -> String {
        format!("host={} user=keeper dbname=postgres", self.folder.path().display())
    }

    /// What it answers to a query.
    pub fn says(&self, query: &str) -> String {
        let output =
            Command::new("psql").args(["-X", "-A", "-t", "-d", &self.address(), "-c", query]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if Path::new(&self.path("data/postmaster.pid")).exists() {
            self.cut();
        }
    }
}
