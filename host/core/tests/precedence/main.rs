//! Precedence, proved: properties over generated worlds, the exhaustive model, the worked cases and how they are explained.

#![cfg(test)]

mod cases;
mod conflicts;
mod exhaustive;
mod explanations;
mod generate;
mod laws;
mod outcome;
mod properties;
mod sentences;
