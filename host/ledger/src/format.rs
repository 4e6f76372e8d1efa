//! How records look as bytes: what is hashed, what stands in files, what is signed. Nothing here touches a disk.

pub(crate) mod body;
pub(crate) mod body_file;
pub(crate) mod canonical;
pub(crate) mod checkpoint;
pub(crate) mod entry;
pub(crate) mod frame;
pub(crate) mod merkle;
pub(crate) mod note;
pub(crate) mod parquet;
pub(crate) mod proof;
pub(crate) mod reader;
#[cfg(feature = "sm2")]
pub(crate) mod sm2;
pub(crate) mod stamp;
pub(crate) mod tile;
