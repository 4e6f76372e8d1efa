//! What a file that is written over keeps beside its content: owner, group, permissions, times and attributes.

use std::fs::File;

use anyhow::Result;

/// What could not be kept, in English and in Chinese.
pub(super) type Lost = (&'static str, &'static str);

/// Gives a new file what the old one has. What the system does not allow is said; another owner is not given up silently, but refused.
pub(super) fn hand_over(old: &File, new: &File) -> Result<Vec<Lost>> {
    system::hand_over(old, new)
}

/// How many names lead to a file.
pub(super) fn n_names(file: &File) -> Result<u64> {
    system::n_names(file)
}

/// Refuses a file that claims to be far longer than what is stored of it: a copy would fill the disk.
pub(super) fn refuse_hollow(file: &File) -> Result<()> {
    system::refuse_hollow(file)
}

#[cfg(unix)]
mod system {
    use std::fs::{File, FileTimes, Permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use anyhow::Result;
    use rustix::fs::{Gid, Uid, XattrFlags};
    use rustix::io::Errno;

    use super::Lost;
    use crate::commands::label::said::{OrSay as _, said};

    /// Who may read, write and run a file. That it runs as its owner is never handed on: its content is another.
    const PERMISSIONS: u32 = 0o777;
    /// The largest attribute that is copied.
    const MAX_ATTRIBUTE: usize = 64 * 1024;
    /// From this length on a file that is mostly empty is refused.
    const LONG: u64 = 1 << 30;
    /// The unit in which the system counts what is stored.
    const BLOCK: u64 = 512;

    pub(super) fn hand_over(old: &File, new: &File) -> Result<Vec<Lost>> {
        let mut lost = Vec::new();
        let (before, after) = (old.metadata()?, new.metadata()?);
        if before.uid() != after.uid() {
            let owner = rustix::fs::fchown(new, Some(Uid::from_raw(before.uid())), None);
            owner.or_say(|| {
                (
                    "it belongs to somebody else, and the new file could not; use `--output` for one of your own",
                    "文件属于他人，新文件不能归其所有；请用 `--output` 另存为自己的文件",
                )
            })?;
        }
        if before.gid() != after.gid() && rustix::fs::fchown(new, None, Some(Gid::from_raw(before.gid()))).is_err() {
            lost.push(("its group", "所属组"));
        }
        // After a change of owner, which takes bits away.
        if before.mode() & 0o6000 != 0 {
            lost.push(("that it runs as its owner or group", "以所有者或者组的身份运行的权限"));
        }
        new.set_permissions(Permissions::from_mode(before.mode() & PERMISSIONS))?;
        lost.extend(copy_attributes(old, new));
        let times = FileTimes::new().set_accessed(before.accessed()?).set_modified(before.modified()?);
        if new.set_times(times).is_err() {
            lost.push(("its times", "时间"));
        }
        Ok(lost)
    }

    /// Copies the attributes; gives which did not come along.
    fn copy_attributes(old: &File, new: &File) -> Option<Lost> {
        const SOME: Lost = ("some of its extended attributes", "部分扩展属性");
        let mut names = vec![0_u8; MAX_ATTRIBUTE];
        let len = match rustix::fs::flistxattr(old, names.as_mut_slice()) {
            Ok(len) => len,
            // A file system without attributes loses none.
            Err(Errno::NOTSUP) => return None,
            Err(_) => return Some(SOME),
        };
        let names = names.get(..len).unwrap_or_default();
        let mut lost = None;
        for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            // What a program may do is not handed on to another content; the system sets its own marks.
            if name.starts_with(b"security.") {
                if name == b"security.capability" {
                    lost = lost.or(Some(("what it is allowed to do as a program", "作为程序的权能")));
                }
                continue;
            }
            let mut value = vec![0_u8; MAX_ATTRIBUTE];
            let copied = rustix::fs::fgetxattr(old, name, value.as_mut_slice()).and_then(|len| {
                rustix::fs::fsetxattr(new, name, value.get(..len).unwrap_or_default(), XattrFlags::empty())
            });
            if copied.is_err() {
                lost = Some(SOME);
            }
        }
        lost
    }

    pub(super) fn n_names(file: &File) -> Result<u64> {
        Ok(file.metadata()?.nlink())
    }

    pub(super) fn refuse_hollow(file: &File) -> Result<()> {
        let metadata = file.metadata()?;
        let stored = metadata.blocks().saturating_mul(BLOCK);
        if metadata.len() > LONG && stored < metadata.len() / 2 {
            let len = metadata.len();
            return Err(said(
                format!(
                    "it claims {len} bytes and holds {stored}; a copy would store them all: write its data anew, for example \
                     with `cp --sparse=never`"
                ),
                format!(
                    "文件声称有 {len} 字节，实际存有 {stored} 字节，副本会全部占用；请先重写数据，例如用 `cp --sparse=never`"
                ),
            ));
        }
        Ok(())
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{File, FileTimes};

    use anyhow::Result;

    use super::Lost;

    pub(super) fn hand_over(old: &File, new: &File) -> Result<Vec<Lost>> {
        let before = old.metadata()?;
        new.set_permissions(before.permissions())?;
        let mut times = FileTimes::new();
        if let Ok(modified) = before.modified() {
            times = times.set_modified(modified);
        }
        Ok(if new.set_times(times).is_ok() { Vec::new() } else { vec![("its times", "时间")] })
    }

    pub(super) fn n_names(_file: &File) -> Result<u64> {
        Ok(1)
    }

    pub(super) fn refuse_hollow(_file: &File) -> Result<()> {
        Ok(())
    }
}
