use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use super::{Frame, FrameError, FrameWriter};

/// Frames that wait to be written.
const WAITING: usize = 16;

/// The way of frames to a writer in a thread of its own, which encodes and compresses while the next ones are made.
pub struct FrameQueue<'a> {
    frames: SyncSender<Frame>,
    failed: &'a Mutex<Option<FrameError>>,
}

impl FrameQueue<'_> {
    /// Hands frames over to `writer` while `work` makes them, in their order, then finishes the file.
    ///
    /// # Errors
    /// Those of `work`, and those of the writer.
    pub fn beside<T, E: From<FrameError>>(
        writer: FrameWriter,
        work: impl FnOnce(&FrameQueue<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let failed = Mutex::new(None);
        let done = std::thread::scope(|scope| {
            let (frames, taken) = sync_channel(WAITING);
            let writing = scope.spawn(|| {
                if let Err(error) = write(writer, taken) {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            });
            let queue = FrameQueue { frames, failed: &failed };
            let done = work(&queue);
            drop(queue);
            if let Err(panic) = writing.join() {
                std::panic::resume_unwind(panic);
            }
            done
        })?;
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error.into()),
            None => Ok(done),
        }
    }

    /// Hands a frame over; waits while too many do.
    ///
    /// # Errors
    /// That of the writer, once it has failed.
    pub fn push(&self, frame: Frame) -> Result<(), FrameError> {
        if self.frames.send(frame).is_ok() {
            return Ok(());
        }
        // The error of the writer is told once.
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        failed.map_or(Ok(()), Err)
    }
}

fn write(mut writer: FrameWriter, frames: Receiver<Frame>) -> Result<(), FrameError> {
    for frame in frames {
        writer.push(&frame)?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{QuantityColumn, RunRow, read};

    #[test]
    fn rows_arrive_in_their_order_and_errors_end_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let frame = |number: usize| Frame::of(&[RunRow::new("number", number)]).unwrap();
        let writer = FrameWriter::new::<RunRow>(folder.path()).unwrap();
        let many = 3 * WAITING;
        FrameQueue::beside(writer, |queue| (0..many).try_for_each(|number| queue.push(frame(number))))
            .unwrap();
        let rows: Vec<RunRow> = read(folder.path()).unwrap();
        let wanted: Vec<String> = (0..many).map(|number| number.to_string()).collect();
        assert_eq!(rows.iter().map(|row| row.value.clone()).collect::<Vec<_>>(), wanted);

        // A frame that lacks the columns of the file.
        let writer = FrameWriter::new::<RunRow>(folder.path()).unwrap();
        let other =
            Frame::of_quantities("other", &[QuantityColumn { name: "x".to_owned(), list: false }]).unwrap();
        let failed =
            FrameQueue::beside(writer, |queue| (0..many).try_for_each(|_| queue.push(other.clone())));
        assert!(failed.is_err());
    }
}
