//! Where compiled code is kept between runs.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use specialis::{Candidate, Host, HostBuilder};

use crate::code_cache;

/// Where compiled code is kept between runs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CacheOptions {
    /// Folder for compiled code; its key is made beside it, as `DIR.key` [default: `specialis/code` in your cache folder]
    #[arg(long = "cache", value_name = "DIR", env = "SPECIALIS_CACHE")]
    folder: Option<PathBuf>,
    /// Compile the policies anew and keep no compiled code
    #[arg(long)]
    no_cache: bool,
}

impl CacheOptions {
    /// Begins a host that takes compiled code from the cache.
    ///
    /// # Errors
    /// If the folder that was named cannot be used. If the default folder cannot be used, a note says why and the policies
    /// are compiled.
    pub(crate) fn builder(&self, candidate: Candidate) -> Result<HostBuilder> {
        let builder = Host::builder(candidate);
        if self.no_cache {
            return Ok(builder);
        }
        let cache = match &self.folder {
            Some(folder) => Some(code_cache::in_folder(folder).context("the code cache cannot be used")?),
            None => code_cache::of_user(),
        };
        Ok(match cache {
            Some(cache) => builder.code_cache(cache),
            None => builder,
        })
    }
}
