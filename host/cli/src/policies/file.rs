//! Reading policy files.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis_bundle::Bundle;

use crate::input::file;

/// A policy file: its name for messages, and its bytes.
pub(crate) type PolicyFile = (String, Cow<'static, [u8]>);

/// Reads a policy file.
pub(crate) fn read(file: &Path) -> Result<PolicyFile> {
    let name = file.display().to_string();
    let bytes = file::policy(file).with_context(|| format!("`{name}` cannot be read; give a packed policy"))?;
    Ok((name, Cow::Owned(bytes)))
}

/// Reads a policy file, or the built-in policy of that id if there is no such file.
pub(crate) fn read_or_built_in(file: &Path) -> Result<PolicyFile> {
    let built_in = specialis_artifacts::POLICIES.iter().find(|(id, _)| file.as_os_str() == *id);
    if let Some((id, bytes)) = built_in.filter(|_| !file.exists()) {
        return Ok(((*id).to_owned(), Cow::Borrowed(bytes)));
    }
    let name = file.display().to_string();
    let bytes = file::policy(file)
        .with_context(|| format!("`{name}` cannot be read; give a `.wasm` file or the id of a built-in policy"))?;
    Ok((name, Cow::Owned(bytes)))
}

/// Parses a policy file.
pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Bundle> {
    Bundle::parse(bytes).with_context(|| format!("policy `{name}`"))
}
