//! Where compiled code is kept between runs.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use specialis::{Candidate, CompilerProcess, Host, HostBuilder};

use crate::code_cache;

/// The argument under which the program compiles one policy for another of its kind, and nothing else.
pub(crate) const COMPILE_CODE: &str = "compile-code";

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
        // A policy that costs too much to compile ends a process of its own. A program that cannot find itself compiles here.
        let builder = match std::env::current_exe() {
            Ok(program) => builder.compiler(CompilerProcess::new(program).args([COMPILE_CODE])),
            Err(_) => builder,
        };
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
