//! The folder for compiled code.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use specialis::{CodeCache, Host, HostBuilder};

use crate::edition::dir;
use crate::key;

/// Where compiled code is kept between runs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CacheArgs {
    /// Folder for compiled code, so that the next start is quick; its key is made beside it, as `DIR.key`
    #[arg(long, value_name = "DIR", env = "SPECIALIS_CACHE")]
    cache: Option<PathBuf>,
}

impl CacheArgs {
    /// What builds a host, with the folder where one is named.
    pub(crate) fn builder(&self) -> Result<HostBuilder> {
        let builder = Host::builder();
        Ok(match &self.cache {
            Some(folder) => builder.code_cache(open(folder)?),
            None => builder,
        })
    }
}

/// The folder, with the key beside it that nobody else can read.
fn open(folder: &Path) -> Result<CodeCache> {
    fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let name = folder.file_name().context("give the folder for compiled code a name")?.to_string_lossy();
    let file = folder.with_file_name(format!("{name}.key"));
    if !file.exists() {
        make_key(&file, &folder.with_file_name(format!("{name}.key{}", std::process::id())))?;
    }
    let bytes = fs::read(&file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let bytes = bytes.try_into().map_err(|_| anyhow!("`{}` is no key; remove it with the folder", file.display()))?;
    Ok(CodeCache::new(dir(folder)?, bytes))
}

/// Of several runs that begin together one's key counts, and nobody reads half a key: each writes its own, and the first to
/// link it wins.
fn make_key(file: &Path, own: &Path) -> Result<()> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| anyhow!("the system gives no entropy ({e})"))?;
    key::write_new(own, &bytes)?;
    let linked = fs::hard_link(own, file);
    fs::remove_file(own).with_context(|| format!("`{}` cannot be removed", own.display()))?;
    match linked {
        Err(error) if !file.exists() => bail!("`{}` cannot be written: {error}", file.display()),
        _ => Ok(()),
    }
}
