use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// A file that is opened when it is first read, and closed with its reader: a data set may have more archives than a process may
/// have open files. A clone has a position and an open file of its own.
#[derive(Debug)]
pub(super) struct PositionedFile {
    path: Arc<Path>,
    file: Option<File>,
    size: u64,
    position: u64,
}

impl Clone for PositionedFile {
    fn clone(&self) -> Self {
        Self { path: Arc::clone(&self.path), file: None, size: self.size, position: self.position }
    }
}

impl PositionedFile {
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let size = std::fs::metadata(path)?.len();
        Ok(Self { path: path.into(), file: None, size, position: 0 })
    }

    /// Size of the file, bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Reads `bytes` bytes from `start` on.
    pub(super) fn part(&self, start: u64, bytes: u64) -> io::Result<Vec<u8>> {
        let ended = || io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends within the file");
        if start.checked_add(bytes).is_none_or(|end| end > self.size) {
            return Err(ended());
        }
        let mut data = vec![0; usize::try_from(bytes).map_err(|_| ended())?];
        let mut from = self.clone();
        from.seek(SeekFrom::Start(start))?;
        from.read_exact(&mut data)?;
        Ok(data)
    }
}

impl Read for PositionedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut file = File::open(&self.path)?;
                file.seek(SeekFrom::Start(self.position))?;
                none.insert(file)
            }
        };
        let count = file.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for PositionedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(self.position))?;
        }
        Ok(self.position)
    }
}
