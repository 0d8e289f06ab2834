use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;
use crate::holder::beat;

const NAME: &str = "0123";

/// The environment variable that tells the test `child` its task: a word and a folder.
const TASK: &str = "CAMLAB_STORE_TEST_TASK";

/// Locks as a process on another host sees and makes them.
fn elsewhere(folder: &Path, host: &str) -> LockFolder {
    let own = ProcessIdentity {
        host: host.into(),
        machine: host.into(),
        boot: format!("boot of {host}"),
        ..ProcessIdentity::own().clone()
    };
    LockFolder::observed(folder.to_owned(), Arc::new(HeartbeatObserver::new(own, SILENCE)))
}

fn held(locked: Locked) -> HeldLock {
    match locked {
        Locked::Held(lock) => lock,
        Locked::Elsewhere(holder) => panic!("held by {holder}"),
    }
}

/// The names in a folder, but for the folders that this process keeps for its next locks.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with(PREPARED)).collect()
}

fn listed(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| name.to_string()).collect()
}

/// Starts this test binary again, with the test `child` alone.
fn spawn(task: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lock_folder::tests::child", "--include-ignored", "--nocapture"])
        .env(TASK, format!("{task} {}", folder.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Rounds that every process of the race takes.
const ROUNDS: usize = 150;

#[test]
#[ignore = "the other tests run it in processes of their own"]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (task, folder) = task.split_once(' ').unwrap();
    let folder = Path::new(folder);
    let locks = LockFolder::new(folder.join("locks"));
    match task {
        "hold" => {
            let lock = held(locks.lock(NAME).unwrap());
            fs::write(folder.join("held"), "").unwrap();
            std::thread::sleep(Duration::from_secs(600));
            lock.release(false);
        }
        "abandon" => {
            let store = crate::Store::new(folder);
            let (stage, other) = (crate::retention::tests::stage("a"), crate::retention::tests::stage("b"));
            let draft = store.draft(&stage).unwrap();
            fs::write(draft.path("file"), "x").unwrap();
            let lock = store.lock(&stage.place()).unwrap();
            let place = other.place();
            store.keep(&folder.join("report"), &folder.join("e.toml"), [&place].into_iter()).unwrap();
            std::thread::spawn(crate::abandon).join().unwrap();
            crate::abandon();
            assert!(store.holder(&stage.place()).is_none());
            // No destructor runs.
            std::mem::forget((draft, lock));
            std::process::exit(0);
        }
        _ => race(&locks, folder),
    }
}

/// Gets the lock again and again, and counts in a file that is read and written without any other protection.
fn race(locks: &LockFolder, folder: &Path) {
    let inside = folder.join("inside");
    let mut rounds = 0;
    while rounds < ROUNDS {
        let Locked::Held(lock) = locks.lock(NAME).unwrap() else {
            std::thread::yield_now();
            continue;
        };
        assert!(lock.is_current());
        fs::create_dir(&inside).expect("nobody else holds it");
        let count: usize = fs::read_to_string(folder.join("count")).unwrap().parse().unwrap();
        fs::write(folder.join("count"), (count + 1).to_string()).unwrap();
        fs::remove_dir(&inside).unwrap();
        rounds += 1;
        lock.release(rounds.is_multiple_of(3));
    }
}

#[test]
fn processes_and_threads_that_race_for_a_lock_never_hold_it_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("count"), "0").unwrap();
    // A dead lock to begin with, so that generations are taken over as well.
    let dead = elsewhere(&path.join("locks"), "here");
    let lock = held(dead.lock(NAME).unwrap());
    let holder = Holder { process: gone(), ..Holder::default() };
    holder.write(&path.join("locks").join(format!("{NAME}.0"))).unwrap();
    let children = [spawn("race", path), spawn("race", path)];
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| race(&LockFolder::new(path.join("locks")), path));
        }
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(fs::read_to_string(path.join("count")).unwrap(), (4 * ROUNDS).to_string());
    drop(lock);
    assert!(names(&path.join("locks")).iter().all(|name| name.starts_with(NAME)));
}

/// A process of this machine that no longer exists.
fn gone() -> ProcessIdentity {
    let own = ProcessIdentity::own();
    // Its number was used again by this process.
    ProcessIdentity { start: own.start.map(|start| start - 1), ..own.clone() }
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_process_is_taken_over_at_once_and_a_stopped_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let locks = LockFolder::new(folder.path().join("locks"));
    let mut child = spawn("hold", folder.path());
    while !folder.path().join("held").exists() {
        assert!(child.try_wait().unwrap().is_none(), "the child ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    let Locked::Elsewhere(holder) = locks.lock(NAME).unwrap() else { panic!("nobody holds it") };
    assert_eq!(holder.process.pid, child.id());
    assert_eq!(locks.holder(NAME), Some(holder));
    // However long its heartbeat is silent.
    let later = Instant::now() + 100 * SILENCE;
    assert!(matches!(locks.lock_at(NAME, later).unwrap(), Locked::Elsewhere(_)));
    child.kill().unwrap();
    // Killed, its exit status not asked for: as dead as can be.
    while locks.holder(NAME).is_some() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let lock = held(locks.lock(NAME).unwrap());
    child.wait().unwrap();
    assert_eq!(names(&locks.folder), listed(&["0123.0", "0123.1"]));
    // Failed: the dead one stays, and the next takes the same generation.
    lock.release(false);
    assert_eq!(names(&locks.folder), listed(&["0123.0"]));
    assert_eq!(locks.holder(NAME), None);
    let lock = held(locks.lock(NAME).unwrap());
    lock.release(true);
    assert_eq!(names(&locks.folder), BTreeSet::new());
}

#[test]
fn a_lock_is_held_once_and_released_by_dropping_it() {
    let folder = tempfile::tempdir().unwrap();
    let locks = LockFolder::new(folder.path());
    assert_eq!(locks.holder(NAME), None);
    let lock = held(locks.lock(NAME).unwrap());
    assert!(matches!(locks.lock(NAME).unwrap(), Locked::Elsewhere(holder) if holder.nonce == lock.nonce));
    // Another name, of which this one is the beginning.
    held(locks.lock("0123.5").unwrap()).release(true);
    drop(held(locks.lock("01234").unwrap()));
    assert!(lock.is_current());
    drop(lock);
    assert_eq!(names(folder.path()), BTreeSet::new());
    held(locks.lock(NAME).unwrap()).release(false);
    held(locks.lock(NAME).unwrap()).release(true);
    assert_eq!(names(folder.path()), BTreeSet::new());
}

#[test]
fn a_process_of_another_start_of_this_host_is_dead_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let before = elsewhere(folder.path(), "a");
    let after = {
        let own = ProcessIdentity { boot: "another".into(), ..before.observer.own.clone() };
        LockFolder::observed(folder.path().to_owned(), Arc::new(HeartbeatObserver::new(own, SILENCE)))
    };
    let first = held(before.lock(NAME).unwrap());
    let second = held(after.lock(NAME).unwrap());
    assert_eq!(second.generation, 1);
    assert!(!first.is_current() && second.is_current());
    // The one that was taken for dead and is not removes nothing but its own.
    first.release(true);
    assert!(second.is_current());
    second.release(true);
    assert_eq!(names(folder.path()), BTreeSet::new());
}

#[test]
fn another_host_is_alive_as_long_as_its_heartbeat_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (there, here) = (elsewhere(folder.path(), "a"), elsewhere(folder.path(), "b"));
    let lock = held(there.lock(NAME).unwrap());
    let counter = heartbeat(&folder.path().join("0123.0"));
    let start = Instant::now();
    let alive = |after: u32| here.holder_at(NAME, start + after * SILENCE / 10).is_some();
    assert!(alive(0) && alive(9));
    beat(&counter, 1).unwrap();
    // Clocks that were set back or forward: times of files are not asked.
    let file = fs::File::options().append(true).open(&counter).unwrap();
    for days in [-1000i64, 1000] {
        let distance = Duration::from_secs(days.unsigned_abs() * 86_400);
        let now = std::time::SystemTime::now();
        file.set_modified(if days < 0 { now - distance } else { now + distance }).unwrap();
        assert!(alive(11) && alive(20));
    }
    assert!(!alive(21));
    // Its heartbeat is seen again.
    beat(&counter, 2).unwrap();
    assert!(alive(22) && alive(31) && !alive(32));
    // An observer that has just begun knows nothing of it.
    let other = elsewhere(folder.path(), "c");
    assert!(matches!(other.lock_at(NAME, start + 100 * SILENCE).unwrap(), Locked::Elsewhere(_)));
    let taken = held(here.lock_at(NAME, start + 100 * SILENCE).unwrap());
    assert_eq!(taken.generation, 1);
    // To the other observer the new generation is another lock.
    assert!(other.holder_at(NAME, start + 200 * SILENCE).is_some());
    taken.release(true);
    assert_eq!(names(folder.path()), BTreeSet::new());
    assert!(!lock.is_current());
    // Released since, and the generation was taken again: it is left alone.
    let again = held(here.lock(NAME).unwrap());
    drop(lock);
    assert!(again.is_current());
}

#[test]
fn a_lock_without_a_readable_holder_is_judged_by_its_heartbeat() {
    let folder = tempfile::tempdir().unwrap();
    let locks = LockFolder::new(folder.path());
    let path = folder.path().join("0123.7");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("holder.json"), "{\"pid\": 1").unwrap();
    let start = Instant::now();
    let Locked::Elsewhere(holder) = locks.lock_at(NAME, start).unwrap() else { panic!("taken") };
    assert_eq!(holder.to_string(), "an unknown process");
    let lock = held(locks.lock_at(NAME, start + SILENCE).unwrap());
    assert_eq!(lock.generation, 8);
    lock.release(true);
    assert_eq!(names(folder.path()), BTreeSet::new());
}

#[test]
fn a_generation_taken_after_a_dead_one_was_removed_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let locks = LockFolder::new(folder.path());
    // The last possible generation is dead: none can follow, and that is an answer, not an error.
    let path = locks.place(NAME, u64::MAX);
    fs::create_dir(&path).unwrap();
    Holder { process: gone(), ..Holder::default() }.write(&path).unwrap();
    assert!(matches!(locks.lock(NAME).unwrap(), Locked::Elsewhere(_)));
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn an_exit_after_a_signal_leaves_neither_locks_nor_drafts() {
    let folder = tempfile::tempdir().unwrap();
    assert!(spawn("abandon", folder.path()).wait().unwrap().success());
    let left = |name: &str| names(&folder.path().join(name));
    assert_eq!(left("locks/map"), BTreeSet::new());
    assert_eq!(left("map"), BTreeSet::new());
    assert!(left("reports").iter().all(|name| name.ends_with(".json")));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = LockFolder::new(&file).lock(NAME).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot create {}", file.display())), "{error}");
}
