use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use camlab_frame::{ForeignColumn, ForeignTable};

use super::archive::Archive;

/// Bytes of row groups that are kept; the group that is read counts in addition.
const KEPT: u64 = 1 << 30;

/// The values of one column as files `COLUMN/ROW`, rows counted from 0.
pub(super) struct ParquetImages {
    path: PathBuf,
    table: ForeignTable,
    /// First row of each group, and after the last.
    starts: Vec<usize>,
    columns: Vec<String>,
    /// Number of this object among all that were opened.
    number: u64,
}

type GroupValues = Result<Arc<Vec<Option<Vec<u8>>>>, String>;

/// A column of a row group, decoded once by whoever asks first.
struct KeptGroup {
    file: u64,
    group: usize,
    column: String,
    bytes: u64,
    values: Arc<OnceLock<GroupValues>>,
}

/// The row groups that were read last, of all files.
static GROUPS: Mutex<VecDeque<KeptGroup>> = Mutex::new(VecDeque::new());
static OPENED: AtomicU64 = AtomicU64::new(0);

impl ParquetImages {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let table = ForeignTable::open(path)
            .map_err(|error| io::Error::other(format!("{} is {error}", path.display())))?;
        let mut starts = vec![0];
        for rows in table.groups() {
            starts.push(starts.last().copied().unwrap_or_default() + rows);
        }
        let columns = table.columns();
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        Ok(Self { path: path.to_path_buf(), table, starts, columns, number })
    }

    /// Column and row of a name.
    fn place<'a>(&self, name: &'a str) -> Option<(&'a str, usize)> {
        let (column, row) = name.rsplit_once('/')?;
        let row = row.parse().ok().filter(|row| Some(row) < self.starts.last())?;
        self.columns.iter().any(|known| known == column).then_some((column, row))
    }

    fn group(&self, group: usize, column: &str) -> GroupValues {
        let kept = {
            let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
            let own =
                |kept: &KeptGroup| kept.file == self.number && kept.group == group && kept.column == column;
            match groups.iter().find(|kept| own(kept)) {
                Some(kept) => Arc::clone(&kept.values),
                None => {
                    let values = Arc::new(OnceLock::new());
                    let shared = Arc::clone(&values);
                    groups.push_back(KeptGroup {
                        file: self.number,
                        group,
                        column: column.to_owned(),
                        bytes: 0,
                        values,
                    });
                    shared
                }
            }
        };
        // Others wait for this group without holding up those who read another one.
        let values = kept.get_or_init(|| match self.table.column(group, column)? {
            ForeignColumn::Bytes(values) => Ok(Arc::new(values)),
            ForeignColumn::Integers(_) => Err(format!("the column `{column}` holds numbers")),
        });
        let size =
            |values: &Vec<Option<Vec<u8>>>| values.iter().flatten().map(|value| value.len() as u64).sum();
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = groups.iter_mut().find(|known| Arc::ptr_eq(&known.values, &kept)) {
            known.bytes = values.as_ref().map_or(0, |values| size(values));
        }
        while groups.len() > 1 && groups.iter().map(|kept| kept.bytes).sum::<u64>() > KEPT {
            groups.pop_front();
        }
        values.clone()
    }
}

impl Archive for ParquetImages {
    fn path(&self) -> &Path {
        &self.path
    }

    fn names(&self) -> Vec<String> {
        let rows = self.starts.last().copied().unwrap_or_default();
        self.columns.iter().flat_map(|column| (0..rows).map(move |row| format!("{column}/{row}"))).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let (column, row) = self.place(name).ok_or(io::ErrorKind::NotFound)?;
        let group = self.starts.partition_point(|start| *start <= row) - 1;
        let values = self.group(group, column).map_err(io::Error::other)?;
        let value = values.get(row - self.starts[group]).cloned().flatten();
        value.ok_or_else(|| io::Error::other(format!("row {row} has no bytes in the column `{column}`")))
    }
}
