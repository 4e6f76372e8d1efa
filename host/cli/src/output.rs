//! What the program writes: exit codes, notes on standard error, tables and files.

mod exit;
mod file;
mod kept_back;
mod note;
mod share;
mod table;

pub(crate) use exit::Exit;
pub(crate) use file::{replace, write_new};
pub(crate) use kept_back::KeptBack;
pub(crate) use note::{chain, is_closed_pipe, note, note_error, one_line};
pub(crate) use share::{fraction, share};
pub(crate) use table::{table, table_of, write_table};
