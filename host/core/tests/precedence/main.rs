//! Precedence, proved: properties over generated worlds, the exhaustive model, the worked cases; and what reads events.

#![cfg(test)]

mod cases;
mod exhaustive;
mod generate;
mod laws;
mod outcome;
mod properties;
