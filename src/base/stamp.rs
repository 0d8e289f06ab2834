//! File stamps from file-system metadata: while a file's stamp is unchanged, so are its bytes.

use std::path::Path;
use std::time::{Duration, SystemTime};

/// Margin for the resolution of the file system's clock: a file changed less than this ago could change once
/// more without a new time (git calls such a file "racily clean").
const GRAIN: Duration = Duration::from_secs(2);

/// Stamp of a file, as text: device, inode, size, and the times of the last change of content (mtime) and of
/// status (ctime). `None` where these prove nothing: the file does not exist, it changed just before `now`,
/// or the system does not keep such times.
///
/// A program can set the mtime, but not the ctime.
#[cfg(unix)]
pub fn stamp(path: &Path, now: SystemTime) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let file = std::fs::metadata(path).ok()?;
    let (seconds, nanoseconds) = (u64::try_from(file.ctime()).ok()?, u64::try_from(file.ctime_nsec()).ok()?);
    let changed = Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds);
    let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (changed + GRAIN < now).then(|| {
        let (device, inode, size) = (file.dev(), file.ino(), file.size());
        let content = (file.mtime(), file.mtime_nsec());
        format!("{device} {inode} {size} {content:?} {changed:?}")
    })
}

/// Always `None`: metadata on this system is not reliable enough.
#[cfg(not(unix))]
pub fn stamp(_: &Path, _: SystemTime) -> Option<String> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_written_again_with_as_many_bytes_and_its_old_time_is_seen_to_be_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        let first = stamp(&path, later).unwrap();
        assert_eq!(stamp(&path, later).unwrap(), first);
        let time = std::fs::metadata(&path).unwrap().modified().unwrap();
        // Longer than the resolution of any file system's clock.
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(&path, "two").unwrap();
        std::fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_ne!(stamp(&path, later).unwrap(), first);
    }

    #[test]
    fn what_changed_just_now_and_what_is_not_there_proves_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(stamp(file.path(), SystemTime::now()), None);
        assert_eq!(stamp(&file.path().join("none"), SystemTime::now()), None);
    }
}
