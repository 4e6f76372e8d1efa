//! Labels in whole files: verdicts, round trips, and what tools that others wrote say of the files.

mod as_found;
mod foreign;
mod hostile;
mod round_trip;
mod tools;
