//! The compiled policies of this repository and its registries, embedded.
