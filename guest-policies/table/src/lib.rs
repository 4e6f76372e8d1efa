//! Policies without code: rows of conditions and answers, which this guest reads from its file and applies.
//!
//! `specialis policy build` puts the rows of a table into the file under [`DATA`]. Every policy that is a table has this component,
//! unchanged, so that whoever looked at it once need only read the rows. [Policies as tables](../../docs/policy-tables.md) is the page
//! for authors.
//!
//! | module | what it holds |
//! |---|---|
//! | `cells` | rows as text: columns, and the form in which they travel |
//! | `grammar` | what stands in a cell |
//! | `table` | rows that were read |
//! | `world` | what conditions ask for |
//! | `judge` | which rows answer |
//! | `checks` | what is wrong with a table as a whole |

mod cells;
#[cfg(not(target_family = "wasm"))]
mod checks;
mod grammar;
mod judge;
mod table;
mod world;

use specialis_policy::{Case, Finding, Policy, Prepared, Settings};

pub use cells::{Cells, Column, DATA, Problem};
#[cfg(not(target_family = "wasm"))]
pub use checks::{Domain, Remark, Severity, check};
pub use grammar::{
    Action, Comparison, Condition, Doubt, Level, LevelWord, Operand, Outcome, Param, Right, Test, Value,
};
pub use specialis_policy::{Date, Value as SettingValue};
pub use table::{Row, Table};

/// The policy that the rows of its file make.
#[derive(Debug)]
pub struct Rows;

/// The table of the file, or why there is none.
struct OfFile(Result<Table, Vec<String>>);

impl Prepared for OfFile {
    fn of(settings: &Settings) -> Self {
        let Some(bytes) = settings.data(DATA) else {
            return Self(Err(vec![format!("the file carries no `{DATA}`; make it with `specialis policy build`")]));
        };
        let text = String::from_utf8_lossy(&bytes);
        let read = Cells::read(&text).and_then(|rows| Table::read(&rows));
        Self(read.map_err(|problems| problems.iter().map(ToString::to_string).collect()))
    }
}

impl Policy for Rows {
    fn configure(settings: &Settings) -> Result<(), Vec<String>> {
        settings.prepared::<OfFile>().0.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    #[expect(clippy::panic, reason = "`configure` refuses a file without a table, and a fault is safer than silence")]
    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
        match &case.settings().prepared::<OfFile>().0 {
            Ok(table) => judge::judge(table, case, state),
            Err(_) => panic!("the file carries no table"),
        }
    }
}

specialis_policy::export!(Rows);
