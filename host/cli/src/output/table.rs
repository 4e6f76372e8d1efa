//! Tables for a person.

use std::io::{self, Write};

use comfy_table::{Cell, ContentArrangement, Table, presets};
use specialis_core::printable;

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

/// Writes a table without the blanks at the ends of its lines. Whatever stands in a cell, it is one line unless it is too long.
pub(crate) fn write_table(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    let mut shown = table.clone();
    for row in shown.row_iter_mut() {
        *row = row.cell_iter().map(|cell| Cell::new(printable(&cell.content()))).collect::<Vec<_>>().into();
    }
    shown.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}
