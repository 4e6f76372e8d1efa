//! Who owns a folder or a file, and who else may use it.
//!
//! Only Unix systems are asked. On Windows the folders of a user are closed to other users by their access lists.

#[cfg(unix)]
pub(super) use unix::{check_folder, check_key, check_parent};

/// What is wrong with a folder or a file.
#[cfg(unix)]
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum OwnerError {
    /// Another user owns it.
    #[error(
        "`{path}` belongs to the user {owner}, and this program runs as the user {user}; run it as the owner, or name another \
         folder"
    )]
    OtherUser { path: String, owner: u32, user: u32 },
    /// Others may write the folder.
    #[error("others may write to `{path}`; take that away with `chmod go-w`, or remove the folder")]
    Writable { path: String },
    /// Others may use the key.
    #[error("others may use the key `{path}`; remove it together with the folder that it is for")]
    OpenKey { path: String },
    /// The key is a link, a folder or a device.
    #[error("the key `{path}` is no plain file; remove it")]
    NotAFile { path: String },
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File};
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use anyhow::{Context as _, Result};
    use cap_std::fs::{Dir, MetadataExt as _};

    use super::OwnerError;

    /// Refuses a folder that another user owns or may write.
    pub(in super::super) fn check_folder(dir: &Dir, path: &Path) -> Result<()> {
        let found = dir.dir_metadata().with_context(|| format!("`{}` cannot be read", path.display()))?;
        Ok(folder(path, found.uid(), found.mode(), user())?)
    }

    /// Refuses a key that another user owns or may use.
    pub(in super::super) fn check_key(file: &File, path: &Path) -> Result<()> {
        let found = file.metadata().with_context(|| format!("`{}` cannot be read", path.display()))?;
        Ok(key(path, found.is_file(), (found.uid(), found.mode()), user())?)
    }

    /// Refuses to make a folder inside one of another user. The system's own folders, such as `/tmp`, are fit for it.
    pub(in super::super) fn check_parent(path: &Path) -> Result<()> {
        let Some(parent) = path.ancestors().skip(1).find(|parent| parent.exists()) else { return Ok(()) };
        let found = fs::metadata(parent).with_context(|| format!("`{}` cannot be read", parent.display()))?;
        Ok(super::unix::parent(parent, found.uid(), user())?)
    }

    fn user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn parent(path: &Path, owner: u32, user: u32) -> Result<(), OwnerError> {
        if owner == 0 { Ok(()) } else { owned(path, owner, user) }
    }

    fn folder(path: &Path, owner: u32, mode: u32, user: u32) -> Result<(), OwnerError> {
        owned(path, owner, user)?;
        if mode & 0o022 == 0 { Ok(()) } else { Err(OwnerError::Writable { path: shown(path) }) }
    }

    fn key(path: &Path, is_file: bool, (owner, mode): (u32, u32), user: u32) -> Result<(), OwnerError> {
        if !is_file {
            return Err(OwnerError::NotAFile { path: shown(path) });
        }
        owned(path, owner, user)?;
        if mode & 0o077 == 0 { Ok(()) } else { Err(OwnerError::OpenKey { path: shown(path) }) }
    }

    fn owned(path: &Path, owner: u32, user: u32) -> Result<(), OwnerError> {
        if owner == user { Ok(()) } else { Err(OwnerError::OtherUser { path: shown(path), owner, user }) }
    }

    fn shown(path: &Path) -> String {
        path.display().to_string()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        const PATH: &str = "x";

        fn other(owner: u32, user: u32) -> Result<(), OwnerError> {
            Err(OwnerError::OtherUser { path: PATH.to_owned(), owner, user })
        }

        #[test]
        fn folder_of_the_user_that_others_cannot_write_is_used() {
            let path = Path::new(PATH);
            for mode in [0o40_700, 0o40_755, 0o40_500] {
                assert_eq!(folder(path, 1000, mode, 1000), Ok(()));
            }
            for mode in [0o40_770, 0o40_702, 0o41_777] {
                assert_eq!(folder(path, 1000, mode, 1000), Err(OwnerError::Writable { path: PATH.to_owned() }));
            }
        }

        #[test]
        fn folder_of_another_user_is_refused_also_for_root() {
            let path = Path::new(PATH);
            assert_eq!(folder(path, 1000, 0o40_700, 0), other(1000, 0));
            assert_eq!(folder(path, 0, 0o40_700, 1000), other(0, 1000));
            assert_eq!(parent(path, 1000, 0), other(1000, 0));
            assert_eq!(parent(path, 1001, 1000), other(1001, 1000));
            assert_eq!(parent(path, 0, 1000), Ok(()));
        }

        #[test]
        fn key_that_others_can_read_or_that_is_no_file_is_refused() {
            let path = Path::new(PATH);
            assert_eq!(key(path, true, (1000, 0o100_600), 1000), Ok(()));
            assert_eq!(key(path, true, (1000, 0o100_400), 1000), Ok(()));
            assert_eq!(key(path, true, (1000, 0o100_600), 0), other(1000, 0));
            for mode in [0o100_640, 0o100_604, 0o100_620, 0o100_601] {
                let refused = Err(OwnerError::OpenKey { path: PATH.to_owned() });
                assert_eq!(key(path, true, (1000, mode), 1000), refused);
            }
            let refused = Err(OwnerError::NotAFile { path: PATH.to_owned() });
            assert_eq!(key(path, false, (1000, 0o10_600), 1000), refused);
        }
    }
}

#[cfg(not(unix))]
pub(super) use elsewhere::{check_folder, check_key, check_parent};

#[cfg(not(unix))]
mod elsewhere {
    use std::fs::File;
    use std::path::Path;

    use anyhow::Result;
    use cap_std::fs::Dir;

    pub(in super::super) fn check_folder(_: &Dir, _: &Path) -> Result<()> {
        Ok(())
    }

    pub(in super::super) fn check_key(_: &File, _: &Path) -> Result<()> {
        Ok(())
    }

    pub(in super::super) fn check_parent(_: &Path) -> Result<()> {
        Ok(())
    }
}
