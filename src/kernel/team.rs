//! Threads that stay awake between the layers of one forward pass.
//!
//! A layer of one image takes tens of microseconds, about as long as it takes to wake a sleeping thread. The
//! threads of a team do not sleep: they poll for the next layer's tasks until the pass is over.

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Most tasks of one call: they are counted in sixteen bits.
const MOST: usize = u16::MAX as usize;
/// Polls for work between two yields of the core.
const PATIENCE: usize = 4096;
/// Yields without work after which a member leaves (some milliseconds), so that jobs waiting for its thread
/// can run.
const OFFERS: usize = 16;

type TeamWork<'a> = dyn Fn(usize) + Sync + 'a;

/// State shared by a team: the remaining tasks of the current call.
struct Board {
    /// Sequence number of the call (upper half), end and start of the tasks not yet taken (16 bits each).
    left: AtomicU64,
    /// Tasks of the current call that have ended.
    ended: AtomicUsize,
    /// The current call. Written only by the leader, while no task is left and all have ended.
    work: UnsafeCell<Option<*const TeamWork<'static>>>,
    /// Payload of a task's panic.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// Members present or requested.
    members: AtomicUsize,
    /// True when the pass is over.
    over: AtomicBool,
    /// The leader's thread index in the pool.
    leader: Option<usize>,
}

// SAFETY: `work` is written while nobody may read it: a reader holds a task, and the leader waits for all
// tasks.
unsafe impl Sync for Board {}
// SAFETY: as above; no field belongs to one thread.
unsafe impl Send for Board {}

thread_local! {
    /// The team that this thread leads, unless a call of it is running.
    static LED: Cell<Option<Arc<Board>>> = const { Cell::new(None) };
}

/// Runs `work` while the other threads of the pool poll for the tasks of the kernels it calls.
///
/// They are busy until it returns: for a forward pass, not for work with long pauses. Results do not depend
/// on it.
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

/// Ends a pass, also on a panic.
struct PassGuard(Arc<Board>);

impl Drop for PassGuard {
    fn drop(&mut self) {
        LED.set(None);
        self.0.over.store(true, Ordering::Release);
    }
}

/// Runs tasks `0..count`: on the team that the calling thread leads ([`with_team`]), or else on the rayon
/// pool.
///
/// Tasks run concurrently, in any order; nested calls run on the pool, not on the team.
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

/// Runs `work` with the number of every chunk of `len` elements and the chunk, as [`spread`] runs tasks; the last chunk may be
/// shorter.
pub fn spread_chunks<T: Send>(slice: &mut [T], len: usize, work: &(impl Fn(usize, &mut [T]) + Sync)) {
    let chunks: Vec<Mutex<&mut [T]>> = slice.chunks_mut(len.max(1)).map(Mutex::new).collect();
    spread(chunks.len(), &|index| {
        // Every chunk is locked once, so nobody waits and no earlier panic has poisoned the lock.
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
    /// Runs all tasks of a call, together with the members present.
    fn call(self: &Arc<Self>, count: usize, work: &TeamWork<'_>) {
        self.gather();
        // SAFETY: the lifetime is erased only until every task has ended, which this call waits for.
        let work = unsafe { std::mem::transmute::<*const TeamWork<'_>, *const TeamWork<'static>>(work) };
        // SAFETY: no task of the previous call is left or running.
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

    /// Requests the missing members.
    fn gather(self: &Arc<Self>) {
        let wanted = rayon::current_num_threads() - 1;
        for member in self.members.load(Ordering::Relaxed)..wanted {
            self.members.fetch_add(1, Ordering::Relaxed);
            let board = self.clone();
            rayon::spawn(move || board.assist(member.is_multiple_of(2)));
        }
    }

    /// Runs one task, if there is one left: the first, or the last, so that the same threads find the same
    /// parts of the images in their caches from call to call.
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
        // SAFETY: the task is held, so its call is still running.
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

    /// Runs tasks until the pass is over, or none has come for long.
    fn assist(&self, last: bool) {
        let mut looks = 0;
        // The leader may be given this job itself while it waits for the pool.
        let own = rayon::current_thread_index() == self.leader;
        while !own && looks < OFFERS * PATIENCE && !self.over.load(Ordering::Acquire) {
            if self.take(last) { looks = 0 } else { pause(&mut looks) }
        }
        self.members.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits briefly; yields the core after every `PATIENCE` polls.
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
                    // A wait for the pool must not wait for its own team.
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
