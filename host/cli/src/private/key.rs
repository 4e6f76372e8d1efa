//! A key: 32 bytes of the system's entropy in a file that only its owner can read.

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use cap_std::fs::{Dir, File};
use specialis::files::{self, NewFile};

use super::owner;

/// Reads the key at `path`, which lies in `dir`. Makes it if it is not there.
pub(super) fn read_or_make(dir: &Dir, path: &Path) -> Result<[u8; 32]> {
    let unreadable = || format!("the key `{}` cannot be read", path.display());
    let name = path.file_name().with_context(unreadable)?.to_string_lossy();
    match open(dir, &name) {
        Ok(file) => read(file, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(dir, &name).with_context(|| format!("the key `{}` cannot be written", path.display()))?;
            read(open(dir, &name).with_context(unreadable)?, path)
        }
        Err(error) => Err(error).with_context(unreadable),
    }
}

/// Opens a file without following a link, and without waiting where it is a pipe.
fn open(dir: &Dir, name: &str) -> io::Result<File> {
    // The folder is the user's own, so nobody else exchanges the file in between.
    if dir.symlink_metadata(name)?.is_symlink() {
        return Err(io::Error::other("it is a link; remove it"));
    }
    dir.open_with(name, &files::non_blocking())
}

fn read(file: File, path: &Path) -> Result<[u8; 32]> {
    let file = file.into_std();
    owner::check_key(&file, path)?;
    let mut bytes = Vec::new();
    file.take(33).read_to_end(&mut bytes).with_context(|| format!("the key `{}` cannot be read", path.display()))?;
    match bytes.try_into() {
        Ok(key) => Ok(key),
        Err(_) => bail!("`{}` is no key; remove it together with the folder that it is for", path.display()),
    }
}

/// Makes the key. Of several runs that begin together, the key of one counts, and none reads half a key.
fn make(dir: &Dir, name: &str) -> io::Result<()> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    match NewFile::default().private().synced().create(dir, name, &key) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use cap_std::ambient_authority;

    use super::*;

    /// The key at a path.
    fn read_or_make(path: &Path) -> Result<[u8; 32]> {
        let folder = path.parent().unwrap_or(Path::new("."));
        super::read_or_make(&Dir::open_ambient_dir(folder, ambient_authority())?, path)
    }

    fn write_new(path: &Path, bytes: &[u8]) {
        assert!(crate::output::write_new(path, bytes).is_ok(), "{}", path.display());
    }

    #[test]
    fn key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.key");
        let key = read_or_make(&path).unwrap();
        assert_eq!(read_or_make(&path).unwrap(), key);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        fs::remove_file(&path).unwrap();
        assert_ne!(read_or_make(&path).unwrap(), key, "it comes from entropy");
    }

    #[test]
    fn runs_that_begin_together_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| read_or_make(&path).unwrap())).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        let path = folder.path().join("cache.key");
        // A link to nothing: the key is not written where it leads.
        symlink(&target, &path).unwrap();
        assert!(read_or_make(&path).is_err());
        assert!(!target.exists());
        write_new(&target, &[7; 32]);
        assert!(read_or_make(&path).is_err());
    }

    #[test]
    fn key_that_others_can_read_or_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.key");
        read_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_or_make(&path).unwrap_err().to_string().contains("others may use the key"));
        for n_bytes in [0, 31, 33] {
            fs::remove_file(&path).unwrap();
            write_new(&path, &vec![7; n_bytes]);
            assert!(read_or_make(&path).unwrap_err().to_string().contains("is no key"), "{n_bytes}");
        }
    }
}
