use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The results of a function for every item, in order, by as many threads as rayon has.
///
/// Not by rayon's own: Polars decodes frames in a pool of its threads, and a worker of one pool that waits for another takes
/// up the next item meanwhile, on the same stack, until that overflows.
pub(super) fn mapped<T: Sync, R: Send>(items: &[T], function: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    let work = || {
        let mut own = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else { break };
            own.push((place, function(item)));
        }
        results.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
    };
    let threads = rayon::current_num_threads().min(items.len());
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::mapped;

    #[test]
    fn results_are_in_order() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(mapped(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert!(mapped::<usize, usize>(&[], |item| *item).is_empty());
    }
}
