//! `cargo xtask bench`: the benchmarks of reading text and of the host.

use anyhow::Result;

use crate::setup;
use crate::step::Step;
use crate::workspace::Workspace;

/// The benchmarks: what they measure, how cargo runs them, and where figures are kept, one file per machine and date. Those of
/// text need no sandbox and come first.
const BENCHES: [(&str, &[&str], &str); 2] = [
    (
        "benchmarks of text",
        &["run", "--release", "--manifest-path", "host/text/benches/Cargo.toml", "--target-dir", "target/benches"],
        "host/text/benches/record/",
    ),
    // With the whole workspace: a package alone has other features, and the compiler of the sandbox is built anew for it.
    ("benchmarks of labels and of the host", &["bench", "--workspace", "--bench", "*"], "host/benches/record/"),
];

/// Runs the benchmarks; `args` go to all of them, such as `--terms LIST.txt --texts TEXTS.jsonl` to those of text.
///
/// # Errors
///
/// If the set-up or a benchmark fails.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    setup::guest_target(workspace)?;
    for (name, command, record) in BENCHES {
        let mut step = Step::cargo(name, command);
        if !args.is_empty() {
            step = step.args(&["--".to_owned()]).args(args);
        }
        step.run(workspace)?;
        println!("\nto keep these figures, add them with machine, date and this command to a file in `{record}`");
    }
    Ok(())
}
