//! The policy `film`: what the law on film, television and online audiovisual works asks of generated content, in place of
//! the Measures or beside them.

mod rules;

pub use rules::Film;

specialis_policy::export!(Film);
