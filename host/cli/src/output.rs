//! What the program writes: exit codes, notes on standard error, tables and files.

mod exit;
mod file;
mod json;
mod junit;
mod kept_back;
mod note;
mod printable;
mod share;
mod table;

pub(crate) use exit::Exit;
pub(crate) use file::{begin, replace, write_new};
pub(crate) use json::{write_json, write_json_pretty};
pub(crate) use junit::{JunitCase, JunitProblem, junit};
pub(crate) use kept_back::KeptBack;
pub(crate) use note::{chain, is_closed_pipe, note, note_error, note_lines, one_line};
pub(crate) use printable::{Printable, write_line};
pub(crate) use share::{fraction, share};
pub(crate) use table::{table, table_of, write_table};
