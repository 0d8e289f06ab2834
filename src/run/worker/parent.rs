//! The end of a worker with the process that started it, whichever way that ends.

/// Asks this process to stop once the process that started it is gone.
///
/// # Errors
/// When the system refuses.
#[cfg(target_os = "linux")]
pub(super) fn stop_with_parent(_: &crate::stop::StopRequest) -> std::io::Result<()> {
    let term = Some(rustix::process::Signal::TERM);
    Ok(rustix::process::set_parent_process_death_signal(term)?)
}

/// Asks this process to stop once the process that started it is gone: its number is looked at every second.
///
/// # Errors
/// When no thread can be started.
#[cfg(not(target_os = "linux"))]
pub(super) fn stop_with_parent(stop: &crate::stop::StopRequest) -> std::io::Result<()> {
    let (parent, stop) = (rustix::process::getppid(), stop.clone());
    let watch = std::thread::Builder::new().name("parent".into());
    watch.spawn(move || {
        while rustix::process::getppid() == parent {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        stop.request(signal_hook::consts::SIGTERM);
    })?;
    Ok(())
}
