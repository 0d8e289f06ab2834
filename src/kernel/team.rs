//! Threads that stand by between the layers of one forward pass.
//!
//! A layer of one image takes tens of microseconds, about as long as it takes to wake a sleeping thread. While a
//! team is together its threads do not sleep: they look for the next layer's tasks until the pass is over.

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Tasks of one call at most: they are counted in sixteen bits.
const MOST: usize = u16::MAX as usize;
/// Looks for work between two offers of the core to others.
const PATIENCE: usize = 4096;
/// Such offers in vain after which a member leaves, some milliseconds: whatever it keeps waiting may go on.
const OFFERS: usize = 16;

type TeamWork<'a> = dyn Fn(usize) + Sync + 'a;

/// What a team shares: the tasks left of the call under way.
struct Board {
    /// Sequence number of the call (upper half), end and start of the tasks that nobody took (16 bits each).
    left: AtomicU64,
    /// Tasks of the call under way that ended.
    ended: AtomicUsize,
    /// The call under way. Written by the leader alone, while no task is left and all have ended.
    work: UnsafeCell<Option<*const TeamWork<'static>>>,
    /// What a task panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Members that stand by or are sent for.
    members: AtomicUsize,
    /// Whether the pass is over.
    over: AtomicBool,
    /// The leader's place in the pool.
    leader: Option<usize>,
}

// SAFETY: `work` is written while nobody may read it: a reader holds a task, and the leader waits for all of them.
unsafe impl Sync for Board {}
// SAFETY: as above; nothing in it belongs to one thread.
unsafe impl Send for Board {}

thread_local! {
    /// The team this thread leads, while it is free to take a call.
    static LED: Cell<Option<Arc<Board>>> = const { Cell::new(None) };
}

/// Runs `work` with the other threads of the pool standing by for the kernels it calls.
///
/// They are busy until it returns: for a forward pass, not for work with long pauses. Results do not depend on it.
pub fn with_team<R>(work: impl FnOnce() -> R) -> R {
    let led = LED.take();
    if led.is_some() || rayon::current_num_threads() == 1 {
        LED.set(led);
        return work();
    }
    let board = Arc::new(Board {
        left: AtomicU64::new(0),
        ended: AtomicUsize::new(0),
        work: UnsafeCell::new(None),
        panic: Mutex::new(None),
        members: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        leader: rayon::current_thread_index(),
    });
    let _pass = PassGuard(board.clone());
    LED.set(Some(board));
    work()
}

/// Ends a pass, also when it panics.
struct PassGuard(Arc<Board>);

impl Drop for PassGuard {
    fn drop(&mut self) {
        LED.set(None);
        self.0.over.store(true, Ordering::Release);
    }
}

/// Runs tasks `0..count`: by the team that the calling thread leads ([`with_team`]), or else on the pool.
///
/// Tasks run at the same time, in any order; what they call is spread over the pool, not over the team.
pub fn spread(count: usize, work: &(impl Fn(usize) + Sync)) {
    // Taken: calls within a task find no team.
    match LED.take() {
        Some(board) if count > 1 && count <= MOST => {
            let result = catch_unwind(AssertUnwindSafe(|| board.call(count, work)));
            LED.set(Some(board));
            if let Err(panic) = result {
                resume_unwind(panic);
            }
        }
        led => {
            LED.set(led);
            halves(0, count, work);
        }
    }
}

/// Runs `work` on every chunk of `len` elements, and what is left at the end.
pub(super) fn spread_chunks<T: Send>(slice: &mut [T], len: usize, work: &(impl Fn(usize, &mut [T]) + Sync)) {
    let chunks: Vec<Mutex<&mut [T]>> = slice.chunks_mut(len).map(Mutex::new).collect();
    spread(chunks.len(), &|index| {
        // Every chunk is taken once, so nobody waits and no panic has gone before.
        let mut chunk = chunks[index].lock().unwrap_or_else(PoisonError::into_inner);
        work(index, &mut chunk);
    });
}

fn halves(from: usize, to: usize, work: &(impl Fn(usize) + Sync)) {
    if to - from > 1 {
        let middle = from + (to - from) / 2;
        rayon::join(|| halves(from, middle, work), || halves(middle, to, work));
    } else if from < to {
        work(from);
    }
}

impl Board {
    /// Runs all tasks of a call, with whoever assists.
    fn call(self: &Arc<Self>, count: usize, work: &TeamWork<'_>) {
        self.gather();
        // SAFETY: the lifetime is put aside until every task has ended, which this call waits for.
        let work = unsafe { std::mem::transmute::<*const TeamWork<'_>, *const TeamWork<'static>>(work) };
        // SAFETY: no task of the call before is left or under way.
        unsafe { *self.work.get() = Some(work) };
        self.ended.store(0, Ordering::Relaxed);
        let sequence = (self.left.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        self.left.store(sequence << 32 | (count as u64) << 16, Ordering::Release);
        while self.take(false) {}
        let mut looks = 0;
        while self.ended.load(Ordering::Acquire) < count {
            pause(&mut looks);
        }
        if let Some(panic) = self.panic.lock().unwrap_or_else(PoisonError::into_inner).take() {
            resume_unwind(panic);
        }
    }

    /// Sends for the members that are missing.
    fn gather(self: &Arc<Self>) {
        let wanted = rayon::current_num_threads() - 1;
        for member in self.members.load(Ordering::Relaxed)..wanted {
            self.members.fetch_add(1, Ordering::Relaxed);
            let board = self.clone();
            rayon::spawn(move || board.assist(member.is_multiple_of(2)));
        }
    }

    /// Runs one task, if there is one left: the first, or the last, so that the same threads find the same parts of
    /// the images in their caches from call to call.
    fn take(&self, last: bool) -> bool {
        let mut left = self.left.load(Ordering::Acquire);
        let task = loop {
            let (end, start) = (left >> 16 & 0xffff, left & 0xffff);
            if start == end {
                return false;
            }
            let (task, rest) = if last { (end - 1, left - (1 << 16)) } else { (start, left + 1) };
            match self.left.compare_exchange_weak(left, rest, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => break task as usize,
                Err(now) => left = now,
            }
        };
        // SAFETY: the task is held, so the call that it is part of is under way.
        if let Some(work) = unsafe { *self.work.get() } {
            // SAFETY: as above: the leader keeps `work` alive until this task has ended.
            let result = catch_unwind(AssertUnwindSafe(|| unsafe { (*work)(task) }));
            if let Err(panic) = result {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
        }
        self.ended.fetch_add(1, Ordering::Release);
        true
    }

    /// Takes tasks until the pass is over, or nothing came for long.
    fn assist(&self, last: bool) {
        let mut looks = 0;
        // The leader may find this job itself while it waits for the pool.
        let own = rayon::current_thread_index() == self.leader;
        while !own && looks < OFFERS * PATIENCE && !self.over.load(Ordering::Acquire) {
            if self.take(last) { looks = 0 } else { pause(&mut looks) }
        }
        self.members.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits a moment.
fn pause(looks: &mut usize) {
    *looks += 1;
    if looks.is_multiple_of(PATIENCE) { std::thread::yield_now() } else { spin_loop() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once_whoever_leads() {
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for count in [0, 1, 2, 7, 1000] {
                let runs: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
                let call = || {
                    spread(count, &|task| {
                        // Calls within tasks are spread as well.
                        spread(2, &|_| {
                            runs[task].fetch_add(1, Ordering::Relaxed);
                        });
                    });
                };
                pool.install(|| with_team(|| (0..20).for_each(|_| call())));
                pool.install(call);
                with_team(call);
                assert!(runs.iter().all(|runs| runs.load(Ordering::Relaxed) == 44), "{threads} {count}");
            }
        }
    }

    #[test]
    fn teams_side_by_side_and_within_each_other_come_to_an_end() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let sum = AtomicUsize::new(0);
        pool.install(|| {
            spread(20, &|_| {
                with_team(|| {
                    with_team(|| {
                        spread(10, &|task| {
                            sum.fetch_add(task, Ordering::Relaxed);
                        });
                    });
                    // What waits for the pool must not wait for its own team.
                    rayon::join(
                        || sum.fetch_add(1, Ordering::Relaxed),
                        || sum.fetch_add(1, Ordering::Relaxed),
                    );
                });
            });
        });
        assert_eq!(sum.into_inner(), 20 * 47);
    }

    #[test]
    fn a_panic_ends_the_pass() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let pass = || pool.install(|| with_team(|| spread(8, &|task| assert!(task < 3, "as it should"))));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(pass)).is_err());
        assert_eq!(pool.install(|| with_team(|| 1)), 1);
    }
}
