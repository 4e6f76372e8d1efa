//! `cargo xtask bench`: the benchmarks of the host.

use anyhow::Result;

use crate::setup;
use crate::step::Step;
use crate::workspace::Workspace;

/// Where measured figures are kept, one file per machine and date.
const RECORD: &str = "host/benches/record/";

/// Runs the benchmarks; `args` go to them.
///
/// # Errors
///
/// If the set-up or a benchmark fails.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    setup::guest_target(workspace)?;
    let mut step = Step::cargo("benchmarks", &["bench", "--package", "specialis", "--bench", "*"]);
    if !args.is_empty() {
        step = step.args(&["--".to_owned()]).args(args);
    }
    step.run(workspace)?;
    println!("\nto keep these figures, add them with machine, date and this command to a file in `{RECORD}`");
    Ok(())
}
