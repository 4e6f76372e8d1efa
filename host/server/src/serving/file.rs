//! Files that the configuration names: keys and certificates.

use std::io;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::File;
use data_encoding::BASE64;
use specialis::files::{self, FileError};

use super::error::ServeError;

/// The most bytes of a file with a key.
pub(crate) const MAX_KEY: u64 = 64 << 10;

/// The bytes of a regular file, which has at most `max`.
///
/// # Errors
/// Where it cannot be read, is a pipe or a device, or is larger. Nobody waits.
pub(crate) fn read(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    // Asked first, because opening some devices does something.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other(FileError::NotRegular));
    }
    let file = File::open_ambient_with(path, &files::non_blocking(), ambient_authority())?;
    files::read_opened(file, max).map_err(io::Error::other)
}

/// The text of a file with a key.
///
/// # Errors
/// Where it cannot be read, or is not UTF-8.
pub(super) fn key_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path, MAX_KEY)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// A secret that signs or encrypts: 24 bytes or more, as they are or in Base64 behind `whsec_`. `name` is what names the file in the
/// configuration.
///
/// # Errors
/// Where it cannot be read, or is shorter.
pub(crate) fn read_secret(name: &'static str, path: &Path) -> Result<Vec<u8>, ServeError> {
    let secret = key_text(path).and_then(|text| secret(&text));
    secret.map_err(|source| ServeError::Key { name, file: path.display().to_string(), source })
}

fn secret(text: &str) -> io::Result<Vec<u8>> {
    let text = text.trim();
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let secret = match text.strip_prefix("whsec_") {
        Some(encoded) => BASE64.decode(encoded.as_bytes()).map_err(|_| wrong("what follows `whsec_` is no Base64"))?,
        None => text.as_bytes().to_vec(),
    };
    if secret.len() < 24 { Err(wrong("the key is shorter than 24 bytes; make a longer one")) } else { Ok(secret) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn pipe_device_or_giant_is_refused_and_nobody_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        fs::File::create(path("giant")).unwrap().set_len(1 << 40).unwrap();
        fs::write(path("key"), "k\n").unwrap();
        std::os::unix::fs::symlink(path("key"), path("link")).unwrap();
        for (file, words) in [
            (path("pipe"), "no regular file"),
            ("/dev/zero".into(), "no regular file"),
            (path("giant"), "at most 65536"),
            (folder.path().to_owned(), "no regular file"),
        ] {
            let error = key_text(&file).unwrap_err().to_string();
            assert!(error.contains(words), "{}: {error}", file.display());
        }
        assert_eq!(key_text(&path("absent")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(key_text(&path("link")).unwrap(), "k\n");
    }
}
