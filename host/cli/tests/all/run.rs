//! Running the program.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use specialis_core::Decision;

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The output, where everything went well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }

    /// What was said about a run that could not begin: one line that starts with `error: `.
    pub(crate) fn refused(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{}", self.err);
        let message = self.err.strip_prefix("error: ").expect("an error").trim_end();
        assert!(!message.contains('\n'), "one line: {message}");
        message.to_owned()
    }
}

/// Runs with nothing on standard input.
pub(crate) fn run(args: &[&str]) -> Ran {
    run_with(args, b"")
}

/// Runs with `input` on standard input.
pub(crate) fn run_with(args: &[&str], input: &[u8]) -> Ran {
    finish(program(args), input)
}

/// Runs a command to its end with `input` on standard input.
pub(crate) fn finish(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // It may refuse its options before it reads anything.
    let feed = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the program ends");
    feed.join().expect("input was fed");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ran { code: output.status.code().expect("an exit code"), out: text(output.stdout), err: text(output.stderr) }
}

/// A run that is talked with, line by line.
pub(crate) struct Running {
    child: Child,
    input: Option<ChildStdin>,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
}

impl Running {
    pub(crate) fn start(args: &[&str]) -> Self {
        let pipes = program(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = pipes.expect("the program starts");
        let input = child.stdin.take();
        let out = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let err = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        Self { child, input, out, err }
    }

    /// The decision on a line; waits for it.
    pub(crate) fn judge(&mut self, line: &str) -> Decision {
        let input = self.input.as_mut().expect("it has not ended");
        writeln!(input, "{line}").and_then(|()| input.flush()).expect("it reads");
        let decision = self.out.next().expect("it answers").expect("text");
        serde_json::from_str(&decision).expect("a decision")
    }

    /// What it says next on standard error; waits for it.
    pub(crate) fn said(&mut self) -> String {
        self.err.next().expect("it says something").expect("text")
    }

    /// Ends its input; the exit code.
    pub(crate) fn end(mut self) -> i32 {
        drop(self.input.take());
        self.err.by_ref().for_each(drop);
        self.child.wait().expect("it ends").code().expect("an exit code")
    }
}

/// The built program, with compiled code that all runs share, a place for what runs remember, and the key of decision ids that
/// hosts of tests have.
pub(crate) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_specialis"));
    command.args(args).env("SPECIALIS_CACHE", repository().join("target/tmp/code-of-runs"));
    let state = repository().join("target/tmp/state-of-runs");
    command.env("XDG_STATE_HOME", &state).env("XDG_DATA_HOME", &state).env_remove("SPECIALIS_STATE");
    command.env("SPECIALIS_ID_KEY", PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/id.key"));
    command
}

/// Where tests that compile as authors do have cargo put what it builds. Kept between runs, so that the second builds nothing.
pub(crate) fn target_of_authors() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("policy-authors")
}

/// Takes from a command what the outer run of cargo set, which is not the author's, and lets cargo compile without a network.
pub(crate) fn as_author(command: &mut Command) {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        command.env_remove(name);
    }
    command.env_remove("RUSTFLAGS").env_remove("VIRTUAL_ENV");
    command.env("CARGO_TARGET_DIR", target_of_authors()).env("CARGO_NET_OFFLINE", "true");
}

/// Gives a folder a second name.
pub(crate) fn link(original: &Path, link: &Path) {
    #[cfg(unix)]
    std::os::unix::fs::symlink(original, link).unwrap();
    #[cfg(windows)]
    std::os::windows::fs::symlink_dir(original, link).unwrap();
}

/// The example events of the repository.
pub(crate) fn examples() -> PathBuf {
    repository().join("tests/examples/events.jsonl")
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
