//! Threads that stand by between the layers of one forward pass.
//!
//! A layer of one image takes tens of microseconds, about as long as it takes to wake a sleeping thread. While a
//! team is together its threads do not sleep: they look for the next layer's tasks until the pass is over.

#![allow(unsafe_code)]

use std::cell::{Cell, UnsafeCell};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Tasks of one call at most: they are counted in sixteen bits.
const MOST: usize = u16::MAX as usize;

/// Looks for work between two offers of the core to others.
const PATIENCE: usize = 4096;

type Work<'a> = dyn Fn(usize) + Sync + 'a;

/// What a team shares: the tasks left of the call under way.
struct Board {
    /// Sequence number of the call (upper half), end and start of the tasks that nobody took (16 bits each).
    left: AtomicU64,
    /// Tasks of the call under way that ended.
    ended: AtomicUsize,
    /// The call under way. Written by the leader alone, while no task is left and all have ended.
    work: UnsafeCell<Option<*const Work<'static>>>,
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
    static LED: Cell<*const Board> = const { Cell::new(std::ptr::null()) };
}

/// Runs `work` with the other threads of the pool standing by for the kernels it calls.
///
/// They are busy until it returns: for a forward pass, not for work with long pauses. Results do not depend on it.
pub fn with_team<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let threads = rayon::current_num_threads();
    if threads == 1 || !LED.get().is_null() {
        return work();
    }
    rayon::scope(|scope| {
        let board = Arc::new(Board {
            left: AtomicU64::new(0),
            ended: AtomicUsize::new(0),
            work: UnsafeCell::new(None),
            over: AtomicBool::new(false),
            leader: rayon::current_thread_index(),
        });
        for member in 1..threads {
            let board = board.clone();
            scope.spawn(move |_| board.assist(member % 2 == 1));
        }
        let _lead = Lead::new(&board);
        work()
    })
}

/// Runs tasks `0..count`: by the team of this thread, or else on the pool.
pub fn spread(count: usize, work: &(impl Fn(usize) + Sync)) {
    let board = LED.get();
    if board.is_null() || count <= 1 || count > MOST {
        return halves(0, count, work);
    }
    // Calls within a task find no team.
    let _busy = Busy::new(board);
    // SAFETY: a led board lives until its `Lead` is dropped, which outlasts this call.
    unsafe { &*board }.call(count, work);
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
    fn call(&self, count: usize, work: &Work<'_>) {
        // SAFETY: the lifetime is put aside until every task has ended, which this call waits for.
        let work = unsafe { std::mem::transmute::<*const Work<'_>, *const Work<'static>>(work) };
        // SAFETY: no task of the call before is left or under way.
        unsafe { *self.work.get() = Some(work) };
        self.ended.store(0, Ordering::Relaxed);
        let sequence = (self.left.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        self.left.store(sequence << 32 | (count as u64) << 16, Ordering::Release);
        // Dropped when this thread panics too: the tasks of others must end before `work` goes.
        let _all = WaitForAll { board: self, count };
        while self.take(false) {}
    }

    /// Runs one task, if there is one left.
    fn take(&self, last: bool) -> bool {
        let mut left = self.left.load(Ordering::Acquire);
        let task = loop {
            let (end, start) = (left >> 16 & 0xffff, left & 0xffff);
            if start == end {
                return false;
            }
            let (task, rest) = if last { (end - 1, left - (1 << 16)) } else { (start, left + 1) };
            match self.left.compare_exchange_weak(left, rest, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => break task as usize,
                Err(now) => left = now,
            }
        };
        let _end = End(self);
        // SAFETY: the task is held, so the call that it is part of is under way.
        if let Some(work) = unsafe { *self.work.get() } {
            // SAFETY: as above: the leader keeps `work` alive until this task has ended.
            unsafe { (*work)(task) };
        }
        true
    }

    /// Takes tasks until the pass is over.
    fn assist(&self, last: bool) {
        // The leader may find this job itself while it waits for the pool.
        if rayon::current_thread_index() == self.leader {
            return;
        }
        let mut idle = 0;
        while !self.over.load(Ordering::Acquire) {
            if self.take(last) {
                idle = 0;
                continue;
            }
            idle += 1;
            if idle % PATIENCE == 0 { std::thread::yield_now() } else { spin_loop() }
        }
    }
}

/// Counts a task as ended, also when it panics.
struct End<'a>(&'a Board);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Release);
    }
}

/// Waits until every task of a call has ended; takes those that nobody took when the leader panics.
struct WaitForAll<'a> {
    board: &'a Board,
    count: usize,
}

impl Drop for WaitForAll<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Nobody shall start what is left.
            let left = self.board.left.load(Ordering::Acquire);
            let mut left = left;
            loop {
                let (end, start) = (left >> 16 & 0xffff, left & 0xffff);
                let none = left >> 32 << 32 | start << 16 | start;
                match self.board.left.compare_exchange(left, none, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => {
                        self.board.ended.fetch_add((end - start) as usize, Ordering::Release);
                        break;
                    }
                    Err(now) => left = now,
                }
            }
        }
        let mut idle = 0;
        while self.board.ended.load(Ordering::Acquire) < self.count {
            idle += 1;
            if idle % PATIENCE == 0 { std::thread::yield_now() } else { spin_loop() }
        }
    }
}

/// Makes a board the one this thread leads, and ends the pass.
struct Lead<'a>(&'a Board);

impl<'a> Lead<'a> {
    fn new(board: &'a Board) -> Self {
        LED.set(board);
        Self(board)
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        LED.set(std::ptr::null());
        self.0.over.store(true, Ordering::Release);
    }
}

/// Puts a led board aside during a call.
struct Busy(*const Board);

impl Busy {
    fn new(board: *const Board) -> Self {
        LED.set(std::ptr::null());
        Self(board)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        LED.set(self.0);
    }
}
