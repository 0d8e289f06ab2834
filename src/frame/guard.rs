//! Panics of the Parquet library on damaged files, as errors.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Number of guarded readings that are under way.
static READING: AtomicUsize = AtomicUsize::new(0);

/// Runs a reading of a file; the message of a panic in it is the error, and is not printed.
pub(super) fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // Columns are decoded in Polars' own threads too.
            let of_polars = || std::thread::current().name().is_some_and(|name| name.starts_with("polars"));
            let reading = READING.load(Ordering::Relaxed) > 0;
            if !(GUARDED.get() || reading && of_polars()) {
                usual(info);
            }
        }));
    });
    READING.fetch_add(1, Ordering::Relaxed);
    let before = GUARDED.replace(true);
    let found = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    READING.fetch_sub(1, Ordering::Relaxed);
    found.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "the library panicked".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(guarded(|| 3), Ok(3));
        assert_eq!(guarded(|| panic!("no number")), Err::<(), _>("no number".to_owned()));
    }
}
