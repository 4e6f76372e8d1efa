//! Folders of the user that runs the program, and the keys that authenticate what stands in them.
//!
//! A folder and its key must belong to that user, nobody else may write the folder or read the key, and the key lies outside
//! the folder. Otherwise neither is used.

mod key;
mod owner;
mod place;

pub(crate) use place::Place;
