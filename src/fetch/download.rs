use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::{FetchError, sha256};

/// Failed attempts in a row, without new bytes, after which a download is given up.
const TRIES: u32 = 4;
/// Pause before the second attempt; doubled before each further one.
const PAUSE: Duration = Duration::from_millis(250);
/// Timeout for the connection, and for the response headers.
const ANSWER: Duration = Duration::from_secs(30);
/// Timeout for one response body; after it the rest is requested again.
const BODY: Duration = Duration::from_secs(300);

/// Progress of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadStep {
    /// The server has responded.
    Answer {
        /// Bytes already on disk.
        at: u64,
        /// Bytes of the whole file, if the server states them.
        total: Option<u64>,
    },
    /// Number of further bytes that have arrived.
    Bytes(u64),
}

/// Downloads `url` to `place`, unless that file exists. The bytes go to a `.part` file next to it, from which
/// a later attempt (of this run or another) resumes; it is renamed to `place` when its sha256 is `wanted`, 64
/// lower-case hexadecimal digits.
///
/// Several processes may request one file at once: one downloads, the others wait for it.
///
/// # Errors
/// [`FetchError`]: an HTTP error status, no connection, another checksum (then nothing is kept), a cache that
/// cannot be written.
pub fn download(
    url: &str,
    place: &Path,
    wanted: &str,
    watch: &mut dyn FnMut(DownloadStep),
) -> Result<(), FetchError> {
    if place.is_file() {
        return Ok(());
    }
    let folder = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(FetchError::io("create", folder))?;
    let path = with_suffix(place, ".part");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(FetchError::io("create", &path))?;
    match file.lock() {
        // Some network file systems do not support locks.
        Err(error) if error.kind() == ErrorKind::Unsupported => {}
        locked => locked.map_err(FetchError::io("lock", &path))?,
    }
    if place.is_file() {
        // Another process finished first: the opened file is the renamed one, or new and empty.
        drop(fs::remove_file(&path));
        return Ok(());
    }
    let mut part = PartialFile { url, path, file, agent: agent() };
    let resumed = part.length()? > 0;
    let mut found = if resumed { part.sum()? } else { String::new() };
    if found != wanted {
        part.complete(watch)?;
        found = part.sum()?;
    }
    // The resumed bytes may belong to another version of the file: start over.
    if found != wanted && resumed {
        part.clear()?;
        part.complete(watch)?;
        found = part.sum()?;
    }
    if found != wanted {
        // Truncated, not removed: processes that wait for the lock have the file open.
        part.clear()?;
        return Err(FetchError::Sum { url: url.to_owned(), found, wanted: wanted.to_owned() });
    }
    fs::rename(&part.path, place).map_err(FetchError::io("rename", &part.path))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(ANSWER))
        .timeout_recv_response(Some(ANSWER))
        .timeout_recv_body(Some(BODY))
        .user_agent(concat!("camlab/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}

/// A partially downloaded file.
struct PartialFile<'a> {
    url: &'a str,
    path: PathBuf,
    file: File,
    agent: Agent,
}

impl PartialFile<'_> {
    /// Requests the missing bytes until the file is complete.
    fn complete(&mut self, watch: &mut dyn FnMut(DownloadStep)) -> Result<(), FetchError> {
        let mut failures = 0;
        loop {
            let before = self.length()?;
            let reason = match self.attempt(before, watch)? {
                None => return Ok(()),
                Some(reason) => reason,
            };
            let bytes = self.length()?;
            failures = if bytes > before { 1 } else { failures + 1 };
            if failures >= TRIES {
                return Err(FetchError::Connection { url: self.url.to_owned(), reason, bytes });
            }
            std::thread::sleep(PAUSE * 2u32.pow(failures - 1));
        }
    }

    /// Sends one request; returns `None` if the file is complete, else the reason why not.
    fn attempt(
        &mut self,
        have: u64,
        watch: &mut dyn FnMut(DownloadStep),
    ) -> Result<Option<String>, FetchError> {
        let mut request = self.agent.get(self.url);
        if have > 0 {
            request = request.header("range", format!("bytes={have}-"));
        }
        let response = match request.call() {
            Ok(response) => response,
            Err(error) => return Ok(Some(error.to_string())),
        };
        let status = response.status();
        match status {
            StatusCode::PARTIAL_CONTENT if begins_at(&response) == Some(have) => {}
            // The whole file, even if a range was requested.
            StatusCode::OK => self.clear()?,
            // The range begins after the file's end, or another range came: start over.
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PARTIAL_CONTENT if have > 0 => {
                self.clear()?;
                return Ok(Some(format!("the server returned {status}")));
            }
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Ok(Some(format!("the server returned {status}")));
            }
            status => {
                return Err(FetchError::Status { url: self.url.to_owned(), status: status.to_string() });
            }
        }
        let at = self.length()?;
        let coming = number(&response, "content-length");
        watch(DownloadStep::Answer { at, total: coming.map(|coming| at + coming) });
        self.take(response, watch)
    }

    fn take(
        &mut self,
        response: Response<Body>,
        watch: &mut dyn FnMut(DownloadStep),
    ) -> Result<Option<String>, FetchError> {
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        self.file.seek(SeekFrom::End(0)).map_err(FetchError::io("write", &self.path))?;
        loop {
            match body.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(read) => {
                    self.file.write_all(&buffer[..read]).map_err(FetchError::io("write", &self.path))?;
                    watch(DownloadStep::Bytes(read as u64));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Ok(Some(error.to_string())),
            }
        }
    }

    fn length(&self) -> Result<u64, FetchError> {
        self.file.metadata().map(|data| data.len()).map_err(FetchError::io("read", &self.path))
    }

    fn clear(&self) -> Result<(), FetchError> {
        self.file.set_len(0).map_err(FetchError::io("write", &self.path))
    }

    fn sum(&self) -> Result<String, FetchError> {
        self.file.sync_all().map_err(FetchError::io("write", &self.path))?;
        sha256(&self.path).map_err(FetchError::io("read", &self.path))
    }
}

/// Start of a partial response, from `Content-Range: bytes 100-199/200`.
fn begins_at(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get("content-range")?.to_str().ok()?;
    range.trim().strip_prefix("bytes")?.trim_start().split('-').next()?.parse().ok()
}

fn number(response: &Response<Body>, header: &str) -> Option<u64> {
    response.headers().get(header)?.to_str().ok()?.trim().parse().ok()
}
