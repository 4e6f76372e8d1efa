//! The marks that people perceive.
