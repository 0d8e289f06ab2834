//! Requests to stop: Ctrl-C and SIGTERM end a run within seconds. A training saves its state first, other stages are
//! given up; finished artefacts are kept, so that the next run goes on.

use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use camlab_base::terminal;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Time that stages without a state to save have to end by themselves, so that an artefact that is about to be published
/// is not lost.
const GRACE: Duration = Duration::from_secs(2);
/// Time that a training has to end its step and to save its state.
const SAVING: Duration = Duration::from_secs(60);

/// A request to stop, which a signal makes.
#[derive(Debug, Clone, Default)]
pub struct StopRequest {
    state: Arc<StopState>,
}

#[derive(Default)]
struct StopState {
    /// Prints a line beside the bars of a run; `None` without bars.
    printer: Mutex<Option<LinePrinter>>,
    /// The signal; 0 without one.
    signal: AtomicI32,
    /// Number of jobs that will save their state.
    saving: AtomicUsize,
}

/// A function that prints a line on standard error.
pub(crate) type LinePrinter = Box<dyn Fn(&str) + Send>;

impl std::fmt::Debug for StopState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StopState").field("signal", &self.signal).finish_non_exhaustive()
    }
}

/// A job that saves its state when it is asked to stop; the process is not ended while one exists, up to a minute.
#[derive(Debug)]
pub struct Saving {
    state: Arc<StopState>,
}

impl Drop for Saving {
    fn drop(&mut self) {
        self.state.saving.fetch_sub(1, Ordering::SeqCst);
    }
}

impl StopRequest {
    /// A request that SIGINT (Ctrl-C) and SIGTERM make from now on. A second signal ends the process at once.
    ///
    /// # Errors
    /// When the system refuses handlers of signals.
    pub fn on_signals() -> std::io::Result<Self> {
        Self::listening(true)
    }

    /// The same for a worker: further signals change nothing, since it may get one from its runner and another from what
    /// ends all processes of a job. It ends within a minute in any case.
    ///
    /// # Errors
    /// As [`StopRequest::on_signals`].
    pub fn of_worker() -> std::io::Result<Self> {
        Self::listening(false)
    }

    fn listening(second_ends: bool) -> std::io::Result<Self> {
        let request = Self::default();
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let made = request.clone();
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                if made.state.signal.swap(signal, Ordering::SeqCst) != 0 {
                    if second_ends {
                        give_up(signal);
                    }
                    continue;
                }
                let again = if second_ends { "; a second signal ends the run at once" } else { "" };
                made.print(&format!("stopping: finished stages are kept, trainings save their state{again}"));
                let watched = made.clone();
                let watch = std::thread::Builder::new().name("stop".into());
                if watch.spawn(move || watched.end(signal)).is_err() {
                    give_up(signal);
                }
            }
        })?;
        Ok(request)
    }

    /// The signal that asked to stop; `None` without one.
    pub fn signal(&self) -> Option<i32> {
        match self.state.signal.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }

    /// Makes the lines of this request appear beside the bars of a run.
    pub(crate) fn print_by(&self, printer: Option<LinePrinter>) {
        *self.state.printer.lock().unwrap_or_else(PoisonError::into_inner) = printer;
    }

    fn print(&self, line: &str) {
        match &*self.state.printer.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(printer) => printer(line),
            None => terminal::note(line),
        }
    }

    /// Asks to stop, as a signal does.
    pub fn request(&self, signal: i32) {
        self.state.signal.store(signal, Ordering::SeqCst);
    }

    /// Announces a job that saves its state when it is asked to stop.
    pub fn saving(&self) -> Saving {
        self.state.saving.fetch_add(1, Ordering::SeqCst);
        Saving { state: Arc::clone(&self.state) }
    }

    /// Ends the process once the time of everything that still runs is over.
    fn end(&self, signal: i32) {
        let asked = Instant::now();
        let mut idle = asked;
        loop {
            std::thread::sleep(Duration::from_millis(50));
            if self.state.saving.load(Ordering::SeqCst) > 0 {
                idle = Instant::now();
            }
            if idle.elapsed() >= GRACE || asked.elapsed() >= SAVING {
                give_up(signal);
            }
        }
    }
}

/// Exit code of a process that a signal ended, as shells report it.
pub fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// Removes what this process has not finished, and ends it.
fn give_up(signal: i32) -> ! {
    camlab_store::abandon();
    std::process::exit(i32::from(exit_code(signal)))
}
