//! Behavior across host and guests.
