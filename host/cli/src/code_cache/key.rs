//! The key of the cache: 32 bytes of the system's entropy in a file that only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::owner;
use crate::output;

/// Reads the key. Makes it if it is not there.
pub(super) fn read_or_make(path: &Path) -> Result<[u8; 32]> {
    match open(path) {
        Ok(file) => read(file, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path)?;
            let file = open(path).with_context(|| format!("the key `{}` cannot be read", path.display()))?;
            read(file, path)
        }
        Err(error) => Err(error).with_context(|| format!("the key `{}` cannot be read", path.display())),
    }
}

/// Opens a file without following a link, and without waiting where it is a pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    options.open(path)
}

fn read(file: File, path: &Path) -> Result<[u8; 32]> {
    owner::check_key(&file, path)?;
    let mut bytes = Vec::new();
    file.take(33).read_to_end(&mut bytes).with_context(|| format!("the key `{}` cannot be read", path.display()))?;
    match bytes.try_into() {
        Ok(key) => Ok(key),
        Err(_) => bail!("`{}` is no key; remove it together with the folder of the cache", path.display()),
    }
}

/// Makes the key. Of several runs that begin together, the key of one counts, and none reads half a key: each writes a file
/// of its own, and the first to link it under the name wins.
fn make(path: &Path) -> Result<()> {
    let (mut key, mut suffix) = ([0; 32], [0; 8]);
    getrandom::fill(&mut key).and_then(|()| getrandom::fill(&mut suffix)).context("the system gives no entropy")?;
    let own = path.with_extension(format!("key.{}", data_encoding::HEXLOWER.encode(&suffix)));
    output::write_new(&own, &key)?;
    let linked = fs::hard_link(&own, path);
    fs::remove_file(&own).with_context(|| format!("`{}` cannot be removed", own.display()))?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("the key `{}` cannot be written", path.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

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
        output::write_new(&target, &[7; 32]).unwrap();
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
            output::write_new(&path, &vec![7; n_bytes]).unwrap();
            assert!(read_or_make(&path).unwrap_err().to_string().contains("is no key"), "{n_bytes}");
        }
    }
}
