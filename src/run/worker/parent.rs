//! The end of a worker with the process that started it, whichever way that ends.

use rustix::process::{Pid, getppid};

use crate::stop::StopRequest;

/// Asks this process to stop once the process that started it, `runner`, is gone.
///
/// # Errors
/// When the system refuses, or that process is gone already.
pub(super) fn stop_with_parent(runner: u32, stop: &StopRequest) -> std::io::Result<()> {
    watch(runner, stop)?;
    match is_parent(runner) {
        true => Ok(()),
        false => Err(std::io::Error::other("the process that started this worker has ended")),
    }
}

fn is_parent(runner: u32) -> bool {
    getppid().map(Pid::as_raw_nonzero).is_some_and(|parent| i64::from(parent.get()) == i64::from(runner))
}

#[cfg(target_os = "linux")]
fn watch(_: u32, _: &StopRequest) -> std::io::Result<()> {
    let term = Some(rustix::process::Signal::TERM);
    Ok(rustix::process::set_parent_process_death_signal(term)?)
}

/// Looks at the number of the parent every second.
#[cfg(not(target_os = "linux"))]
fn watch(runner: u32, stop: &StopRequest) -> std::io::Result<()> {
    let stop = stop.clone();
    std::thread::Builder::new().name("parent".into()).spawn(move || {
        while is_parent(runner) {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        stop.request(signal_hook::consts::SIGTERM);
    })?;
    Ok(())
}
