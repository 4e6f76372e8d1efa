//! One command of a task: a heading, the run, and on failure what to repeat.

use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// One call of cargo with a name that a person can refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    name: &'static str,
    env: Vec<(&'static str, &'static str)>,
    args: Vec<String>,
}

impl Step {
    /// A step that runs `cargo` with these arguments.
    pub(crate) fn cargo(name: &'static str, args: &[&str]) -> Self {
        Self { name, env: Vec::new(), args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }

    /// Adds a variable to the step's environment.
    pub(crate) fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.env.push((name, value));
        self
    }

    /// Adds arguments that a person gave.
    pub(crate) fn args(mut self, args: &[String]) -> Self {
        self.args.extend_from_slice(args);
        self
    }

    /// The line that repeats this step in a shell.
    pub(crate) fn command_line(&self) -> String {
        let mut words: Vec<String> = self.env.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        words.push("cargo".to_owned());
        words.extend(self.args.iter().map(|arg| quoted(arg)));
        words.join(" ")
    }

    /// Prints the heading and runs the step, its output shown as it comes.
    ///
    /// # Errors
    ///
    /// If cargo cannot be run or the step fails; the error names the step and the command to repeat.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<()> {
        heading(self.name, &self.command_line());
        let mut cargo = workspace.cargo();
        cargo.args(&self.args).envs(self.env.iter().copied());
        if !status_of(&mut cargo)? {
            bail!(
                "step `{}` failed; mend what it reports above, then repeat it with `{}`",
                self.name,
                self.command_line()
            );
        }
        Ok(())
    }
}

/// Runs a command to its end; says whether it succeeded.
pub(crate) fn status_of(command: &mut Command) -> Result<bool> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("`{program}` cannot be run; check that it is installed"))?;
    Ok(status.success())
}

/// Prints a step's heading, with the time since the first one: where a long run spends its time.
pub(crate) fn heading(name: &str, detail: &str) {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let seconds = FIRST.get_or_init(Instant::now).elapsed().as_secs();
    let after = if seconds == 0 { String::new() } else { format!(" (after {seconds} s)") };
    println!("\n== {name}{after}: {detail}");
}

fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_=./:,+@".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_can_be_pasted_into_a_shell() {
        let step = Step::cargo("docs", &["doc", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings")
            .args(&["test(a'b)".to_owned()]);
        assert_eq!(step.command_line(), r"RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'test(a'\''b)'");
    }
}
