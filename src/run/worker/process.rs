//! One worker: a process of camlab that makes the artefacts of one job.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::memory::{MemoryLimit, out_of_memory_kills};
use super::message::{WorkerMessage, WorkerOrder};
use super::{WorkerOptions, WorkerPlace};
use crate::cause::FailureCause;
use crate::events::StageLog;
use crate::make::{JobResult, Settled};
use camlab_graph::Stage;
use camlab_stage::TaskReport;

/// Lines of a worker's log that an error repeats.
const LOG_LINES_IN_ERROR: usize = 12;

/// A running worker.
pub(super) struct Worker {
    child: Child,
    keys: Vec<String>,
    log: Option<PathBuf>,
    /// Length of the log when it started.
    log_start: u64,
    limit: Option<MemoryLimit>,
    out_of_memory_before: Option<u64>,
    /// Last sign of progress.
    moved: Instant,
    settled: Vec<(usize, Settled)>,
    failed: Option<(FailureCause, String)>,
}

/// A message of the worker of a job, or the end of its output.
pub(super) type Sent = (u64, Option<WorkerMessage>);

impl Worker {
    /// Starts a worker for some stages; what it writes arrives in `inbox` under the number of the job.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(
        options: &WorkerOptions,
        place: &WorkerPlace<'_>,
        job: u64,
        stages: &[&Stage],
        log: &StageLog,
        inbox: Sender<Sent>,
    ) -> std::io::Result<Self> {
        let errors = log.file();
        let log_start = errors.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |known| known.len());
        let mut command = Command::new(&options.program);
        command.args(["stage", "--worker"]).arg("--store").arg(std::path::absolute(place.store)?);
        let threads = options.threads.to_string();
        command.arg("--jobs").arg(&threads).env("POLARS_MAX_THREADS", threads);
        command.env(camlab_kernel::ISA_VARIABLE, place.instructions);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(errors.map_or_else(Stdio::null, Stdio::from));
        // Ctrl-C reaches the runner alone, which then asks its workers to stop.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let limit = options.memory.map(|bytes| MemoryLimit::new(child.id(), bytes));
        let keys = stages.iter().map(|stage| stage.key.to_string()).collect();
        let log = log.path().map(Path::to_owned);
        let out_of_memory_before = out_of_memory_kills();
        let (settled, failed, moved) = (Vec::new(), None, Instant::now());
        let worker =
            Self { child, keys, log, log_start, limit, out_of_memory_before, moved, settled, failed };
        let order = serde_json::to_vec(&WorkerOrder { runner: std::process::id(), stages })?;
        if let Some(mut input) = input {
            // A worker that has ended already is told by its output.
            let _ = input.write_all(&order);
        }
        if let Some(output) = output {
            let reader = std::thread::Builder::new().name(format!("worker {job}"));
            reader.spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // A line that is no message comes from a library, and is none of ours.
                    if let Ok(message) = serde_json::from_str(&line) {
                        let _ = inbox.send((job, Some(message)));
                    }
                }
                let _ = inbox.send((job, None));
            })?;
        }
        Ok(worker)
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Takes a message; returns the report in it.
    pub fn take(&mut self, message: WorkerMessage) -> Option<TaskReport> {
        self.moved = Instant::now();
        let place = |key: &str| self.keys.iter().position(|known| known == key);
        match message {
            WorkerMessage::Task { said } => return Some(said),
            WorkerMessage::Made { key, here } => {
                let settled = if here { Settled::Made } else { Settled::Cached };
                self.settled.extend(place(&key).map(|place| (place, settled)));
            }
            WorkerMessage::Elsewhere { key, holder } => {
                self.settled.extend(place(&key).map(|place| (place, Settled::Elsewhere(holder))));
            }
            WorkerMessage::Failed { cause, text } => self.failed = Some((cause, text)),
        }
        None
    }

    /// Ends the worker if it has more memory than it may, or made no progress for too long.
    pub fn watch(&mut self, timeout: Option<Duration>) {
        if self.failed.is_some() {
            return;
        }
        if let Some(words) = self.limit.as_ref().and_then(MemoryLimit::exceeded) {
            self.failed = Some((FailureCause::Memory, format!("the worker was ended: {words}")));
            let _ = self.child.kill();
        } else if let Some(timeout) = timeout.filter(|timeout| self.moved.elapsed() > *timeout) {
            let minutes = timeout.as_secs_f64() / 60.0;
            let text =
                format!("the worker was ended: no progress for {minutes} minutes (run.timeout-minutes)");
            self.failed = Some((FailureCause::Timeout, text));
            let _ = self.child.kill();
        }
    }

    /// Asks the worker to stop, or ends it at once.
    pub fn stop(&mut self, at_once: bool) {
        if at_once {
            let _ = self.child.kill();
            return;
        }
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Outcome of the job of a worker whose output has ended.
    pub fn conclude(mut self) -> JobResult {
        let status = self.child.wait();
        let mut settled = std::mem::take(&mut self.settled);
        settled.sort_by_key(|(place, _)| *place);
        settled.dedup_by_key(|(place, _)| *place);
        if settled.len() == self.keys.len() {
            return JobResult { settled, failure: None };
        }
        let (cause, text) = match (self.failed.take(), status) {
            (Some(failed), _) => failed,
            (None, Ok(status)) => self.death(status),
            (None, Err(error)) => (FailureCause::Other, format!("cannot wait for the worker: {error}")),
        };
        JobResult { settled, failure: Some((cause, anyhow::Error::msg(text))) }
    }

    /// Cause of the end of a worker that sent none.
    fn death(&self, status: ExitStatus) -> (FailureCause, String) {
        let tail = self.tail();
        let told = match tail.is_empty() {
            true => String::new(),
            false => format!("; the end of its log:\n{}", tail.join("\n")),
        };
        if let Some(words) = self.limit.as_ref().and_then(MemoryLimit::killed) {
            return (FailureCause::Memory, format!("the worker ran out of memory: {words}{told}"));
        }
        // The text is that of Rust's allocator.
        if tail.iter().any(|line| line.contains("memory allocation of")) {
            return (FailureCause::Memory, format!("the worker ran out of memory{told}"));
        }
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            let more = out_of_memory_kills().zip(self.out_of_memory_before);
            if signal == Signal::KILL.as_raw() && more.is_some_and(|(now, before)| now > before) {
                return (
                    FailureCause::Memory,
                    format!(
                        "the system ended the worker for lack of memory; give it less to do or run.memory{told}"
                    ),
                );
            }
            return (FailureCause::Killed, format!("the worker was ended by signal {signal}{told}"));
        }
        match status.code() {
            Some(101) => {
                (FailureCause::Panic, format!("the worker panicked, which is a defect of camlab{told}"))
            }
            // It was asked to stop, by somebody else than this process.
            Some(130 | 143) => (FailureCause::Killed, format!("the worker was asked to stop{told}")),
            _ => (FailureCause::Other, format!("the worker ended with {status}{told}")),
        }
    }

    /// The last lines that the worker wrote to its log.
    fn tail(&self) -> Vec<String> {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let read = || {
            let mut file = std::fs::File::open(self.log.as_ref()?).ok()?;
            let length = file.metadata().ok()?.len();
            file.seek(SeekFrom::Start(self.log_start.max(length.saturating_sub(1 << 14)))).ok()?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let text = read().unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_IN_ERROR)..]
            .iter()
            .map(|line| format!("    {line}"))
            .collect()
    }
}

/// A worker is not left behind.
impl Drop for Worker {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
