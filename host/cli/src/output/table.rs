//! Tables for a person.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

/// A table with these column heads, fitted to the terminal if there is one.
pub(crate) fn table<const N: usize>(heads: [&str; N]) -> Table {
    table_of(&heads)
}

/// A table with as many columns as there are heads.
pub(crate) fn table_of(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(heads.iter().map(|head| head.to_uppercase()));
    table
}

/// Writes a table without the blanks at the ends of its lines.
pub(crate) fn write_table(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}
