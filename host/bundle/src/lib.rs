//! One policy in one file: component, manifest, lexicons and vectors.
