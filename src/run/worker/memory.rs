//! The memory that a worker may use: by a control group where this process may make one, else by watching it.

use std::path::{Path, PathBuf};

use camlab_base::bytes::rounded;
use camlab_base::proc_bytes;

/// Limit on the memory of one process.
#[derive(Debug)]
pub(super) struct MemoryLimit {
    pid: u32,
    bytes: u64,
    group: Option<ControlGroup>,
}

impl MemoryLimit {
    /// Limits a process that has just started.
    pub fn new(pid: u32, bytes: u64) -> Self {
        Self { pid, bytes, group: ControlGroup::new(Path::new("/"), pid, bytes) }
    }

    /// Words on a process that has more than it may. Within a control group the system is quicker.
    pub fn exceeded(&self) -> Option<String> {
        let resident = resident_bytes(self.pid).filter(|resident| *resident > self.bytes)?;
        Some(format!("{} of memory in use, and {} allowed", rounded(resident), rounded(self.bytes)))
    }

    /// Words on a process that the system ended for lack of memory within its control group.
    pub fn killed(&self) -> Option<String> {
        let killed = self.group.as_ref().is_some_and(ControlGroup::killed);
        killed.then(|| format!("the system ended it at its limit of {}", rounded(self.bytes)))
    }
}

/// Resident memory of a process, bytes; `None` if the system does not tell (it is read from Linux's `/proc`).
fn resident_bytes(pid: u32) -> Option<u64> {
    proc_bytes(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmRSS:")
}

/// Number of processes that the system has ended for lack of memory since it started.
pub(super) fn out_of_memory_kills() -> Option<u64> {
    let counters = std::fs::read_to_string("/proc/vmstat").ok()?;
    counters.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

/// A control group of Linux for one process; removed when it is dropped.
#[derive(Debug)]
struct ControlGroup {
    folder: PathBuf,
    /// The file with the number of processes that were ended.
    events: &'static str,
}

/// Mount, controller in `/proc/self/cgroup`, file of the limit and file with the count, by version of the interface.
const VERSIONS: [(&str, &str, &str, &str); 2] = [
    ("sys/fs/cgroup", "", "memory.max", "memory.events"),
    ("sys/fs/cgroup/memory", "memory", "memory.limit_in_bytes", "memory.oom_control"),
];

impl ControlGroup {
    /// A group below that of this process, where that is permitted. `root` is the root of the file system.
    fn new(root: &Path, pid: u32, bytes: u64) -> Option<Self> {
        let own = std::fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
        VERSIONS.iter().find_map(|(mount, controller, limit, events)| {
            let inside = own.lines().find_map(|line| {
                let mut fields = line.splitn(3, ':').skip(1);
                (fields.next()? == *controller).then_some(fields.next()?)
            })?;
            let parent = root.join(mount).join(inside.trim_start_matches('/'));
            let folder = parent.join(format!("camlab-{}-{pid}", std::process::id()));
            std::fs::create_dir(&folder).ok()?;
            let group = Self { folder, events };
            let write = |file: &str, text: String| {
                // The system makes these files; one that is missing means that the group has no such limit.
                let path = group.folder.join(file);
                path.is_file().then(|| std::fs::write(path, text).ok()).flatten()
            };
            write(limit, bytes.to_string())?;
            write("cgroup.procs", pid.to_string())?;
            Some(group)
        })
    }

    /// `true` if the system ended the process for lack of memory.
    fn killed(&self) -> bool {
        let text = std::fs::read_to_string(self.folder.join(self.events)).unwrap_or_default();
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse::<u64>().ok());
        count.is_some_and(|count| count > 0)
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        // Works once its process has ended; a folder that stays limits nothing.
        let _ = std::fs::remove_dir(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_process_is_watched() {
        let touched = std::hint::black_box(vec![1u8; 32 << 20]);
        let own = std::process::id();
        assert!(resident_bytes(own).is_none_or(|bytes| bytes > touched.len() as u64));
        assert!(resident_bytes(u32::MAX).is_none());
    }

    #[test]
    fn without_permission_there_is_no_group() {
        let root = tempfile::tempdir().unwrap();
        assert!(ControlGroup::new(root.path(), 1, 1 << 20).is_none());
        let proc = root.path().join("proc/self");
        std::fs::create_dir_all(&proc).unwrap();
        std::fs::write(proc.join("cgroup"), "4:memory:/user\n0::/user\n").unwrap();
        assert!(ControlGroup::new(root.path(), 1, 1 << 20).is_none());
        // A group whose limit the system does not offer is left again.
        let unified = root.path().join("sys/fs/cgroup/user");
        std::fs::create_dir_all(&unified).unwrap();
        assert!(ControlGroup::new(root.path(), 1, 1 << 20).is_none());
        assert_eq!(std::fs::read_dir(&unified).unwrap().count(), 0);
    }
}
