//! Downloads: whole, resumed, interrupted, of another file, of none.

use std::path::PathBuf;

use camlab::fetch::{Cache, DownloadStep, FetchError, download};
use sha2::{Digest as _, Sha256};

use crate::weights::server::{Answer, Server};

pub fn file() -> Vec<u8> {
    (0..300_000u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

pub fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Case {
    folder: tempfile::TempDir,
    server: Server,
}

impl Case {
    fn new(answers: &[Answer]) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), server: Server::new(file(), answers) }
    }

    fn place(&self) -> PathBuf {
        let cache = Cache::new(Some(self.folder.path().to_path_buf()));
        cache.place(&self.server.url("weights.pth")).expect("a place")
    }

    fn part(&self) -> PathBuf {
        PathBuf::from(format!("{}.part", self.place().display()))
    }

    /// Puts the beginning of a file where an interrupted download would have left it.
    fn begun(self, bytes: &[u8]) -> Self {
        std::fs::create_dir_all(self.place().parent().expect("a folder")).expect("a folder");
        std::fs::write(self.part(), bytes).expect("a part");
        self
    }

    fn download(&self) -> (Result<(), FetchError>, Vec<DownloadStep>) {
        let mut steps = Vec::new();
        let url = self.server.url("weights.pth");
        let result = download(&url, &self.place(), &sum(&file()), &mut |step| steps.push(step));
        (result, steps)
    }

    fn has_it(&self) {
        assert!(std::fs::read(self.place()).expect("the file") == file(), "the file is another");
        assert!(!self.part().exists());
    }
}

fn bytes(steps: &[DownloadStep]) -> u64 {
    steps.iter().map(|step| if let DownloadStep::Bytes(bytes) = step { *bytes } else { 0 }).sum()
}

#[test]
fn a_file_is_downloaded_once() {
    let case = Case::new(&[Answer::Well]);
    let (result, steps) = case.download();
    result.expect("a download");
    case.has_it();
    assert_eq!(steps[0], DownloadStep::Answer { at: 0, total: Some(300_000) });
    assert_eq!(bytes(&steps), 300_000);
    // The server is gone after one answer.
    let (again, steps) = case.download();
    again.expect("the file is there");
    assert!(steps.is_empty());
    assert_eq!(case.server.asked(), [None]);
}

#[test]
fn what_has_begun_goes_on() {
    let case = Case::new(&[Answer::Well]).begun(&file()[..100_000]);
    let (result, steps) = case.download();
    result.expect("a download");
    case.has_it();
    assert_eq!(case.server.asked(), [Some("bytes=100000-".to_owned())]);
    assert_eq!(steps[0], DownloadStep::Answer { at: 100_000, total: Some(300_000) });
    assert_eq!(bytes(&steps), 200_000);
}

/// A process that was killed between the last byte and the new name.
#[test]
fn what_is_whole_is_not_asked_for() {
    let case = Case::new(&[]).begun(&file());
    case.download().0.expect("the file is there");
    case.has_it();
    assert!(case.server.asked().is_empty());
}

#[test]
fn a_connection_that_breaks_is_taken_up_again() {
    let case = Case::new(&[Answer::Drop(120_000), Answer::Drop(60_000), Answer::Well]);
    case.download().0.expect("a download");
    case.has_it();
    let asked: Vec<bool> = case.server.asked().iter().map(Option::is_some).collect();
    assert_eq!(asked, [false, true, true]);
}

#[test]
fn a_server_without_ranges_sends_the_whole_file() {
    let case = Case::new(&[Answer::Whole]).begun(&file()[..100_000]);
    case.download().0.expect("a download");
    case.has_it();
}

#[test]
fn a_range_that_was_not_asked_for_is_not_used() {
    let case = Case::new(&[Answer::WrongRange, Answer::Well]).begun(&file()[..100_000]);
    case.download().0.expect("a download");
    case.has_it();
    assert_eq!(case.server.asked(), [Some("bytes=100000-".to_owned()), None]);
}

/// The beginning was of a file that has been replaced since: it cannot be told before the end.
#[test]
fn the_beginning_of_another_file_is_dropped() {
    let case = Case::new(&[Answer::Well, Answer::Well]).begun(&[7; 100_000]);
    case.download().0.expect("a download");
    case.has_it();
}

#[test]
fn more_than_the_file_has_is_dropped() {
    let case = Case::new(&[Answer::Well, Answer::Well]).begun(&[7; 400_000]);
    case.download().0.expect("a download");
    case.has_it();
}

#[test]
fn another_sum_is_never_used() {
    let case = Case::new(&[Answer::Well]);
    let url = case.server.url("weights.pth");
    let wanted = "0".repeat(64);
    let error = download(&url, &case.place(), &wanted, &mut |_| {}).expect_err("another sum");
    let text = error.to_string();
    assert!(
        text.contains(&sum(&file())) && text.contains(&wanted) && text.contains("the download was deleted"),
        "{text}"
    );
    assert!(!case.place().exists());
    assert_eq!(std::fs::metadata(case.part()).map_or(0, |data| data.len()), 0, "nothing is kept");
}

#[test]
fn no_file_there_is_said_at_once() {
    let case = Case::new(&[Answer::Status("404 Not Found")]);
    let error = case.download().0.expect_err("no file").to_string();
    assert!(error.contains("the server returned 404 Not Found for"), "{error}");
    assert_eq!(case.server.asked().len(), 1);
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let case = Case::new(&[Answer::Status("503 Service Unavailable"), Answer::Well]);
    case.download().0.expect("a download");
    case.has_it();
}

#[test]
fn what_has_arrived_is_kept_when_the_server_is_gone() {
    let case = Case::new(&[Answer::Drop(120_000)]);
    let error = case.download().0.expect_err("no server").to_string();
    assert!(error.contains("120000 bytes are kept and the next run resumes after them"), "{error}");
    assert!(std::fs::read(case.part()).expect("a part") == file()[..120_000]);
    assert!(!case.place().exists());
}

#[test]
fn two_at_once_download_once() {
    let case = Case::new(&[Answer::Well]);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| case.download().0)).collect();
        runs.into_iter().for_each(|run| run.join().expect("no panic").expect("a download"));
    });
    case.has_it();
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("checkpoints"), "a file").expect("a file");
    let place = folder.path().join("checkpoints/weights.pth");
    let error =
        download("http://127.0.0.1:9/x", &place, &"0".repeat(64), &mut |_| {}).expect_err("no folder");
    assert!(error.to_string().starts_with("cannot create "), "{error}");
}
