//! Forward convolution: gathered windows (im2col) times packed filters, with the epilogue fused into the
//! store.

use super::conv_filter::{Filter, Packed};
use super::depthwise;
use super::elementwise::{Elementwise, apply_to_all, apply_to_rows};
use super::error::check_length;
use super::f32::filter::Panels;
use super::f32::gather::gather;
use super::f32::tile::{self, Tile, panel_width, tile_rows};
use super::prefetch;
use super::raw::Shared;
use super::scratch::with_scratch;
use super::team::{spread, spread_chunks};
use super::winograd;
use super::{ConvShape, KernelError, OutputRange};

/// Operations on a convolution's sums: `finish(limit(sum + bias + residual))`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Epilogue<'a> {
    /// One number per output channel.
    pub bias: Option<&'a [f32]>,
    /// Values added to the outputs.
    pub residual: Residual<'a, f32>,
    /// Range of the outputs.
    pub range: OutputRange,
    /// Function of the limited results.
    pub finish: Option<&'a dyn Elementwise>,
}

/// An activation that a convolution's result is added to.
#[derive(Clone, Copy, Debug, Default)]
pub enum Residual<'a, T> {
    /// Nothing is added.
    #[default]
    None,
    /// This activation, of the output's shape.
    Of(&'a [T]),
    /// The content of the output buffer: read and overwritten, so memory is passed once.
    InPlace,
}

/// Weights that one task rereads for each of its tiles: half of a core's L2 cache.
const CHUNK: usize = 1 << 18;
/// Numbers of rows that one task rereads for each of its filters: the same.
const ROWS: usize = 1 << 18;
/// Multiply-adds of one task at least: they take long compared with dispatching it.
const TASK: usize = 1 << 21;
/// Most tasks of one convolution.
const TASKS: usize = 32;

impl Residual<'_, f32> {
    /// Pointer to the residual of element `index` of `out`, null if there is none.
    pub(super) fn at(&self, index: usize, out: &Shared<'_>) -> *const f32 {
        match self {
            Self::None => std::ptr::null(),
            Self::Of(whole) => whole[index..].as_ptr(),
            Self::InPlace => out.at(index),
        }
    }
}

/// Split of a convolution into tasks, determined by its shape and the tile's size alone: chunks of filters
/// that stay in the cache, times blocks of rows.
pub(super) struct Cut {
    /// Rows per tile.
    pub tile: usize,
    /// Tiles per block.
    pub block: usize,
    /// Number of blocks of rows.
    pub blocks: usize,
    /// Panels per chunk.
    pub chunk: usize,
    /// Number of chunks of a group's filters.
    pub chunks: usize,
    /// True if a task reads each of its filters once, for all its rows; false if each row once, for all its
    /// filters.
    pub filters_first: bool,
}

impl Cut {
    pub fn new(rows: usize, panels: &Panels) -> Self {
        let tiles = rows.div_ceil(tile_rows(panels.isa));
        // Equal tiles: 49 rows in tiles of 13, not in three of 14 and one of 7.
        let tile = rows.div_ceil(tiles);
        let tiles = rows.div_ceil(tile);
        let panel = panels.depth * panel_width(panels.isa);
        // Reading a filter from memory takes about as long as sixteen rows' products with it.
        let wanted = (rows.max(16) * panels.depth * panels.columns / TASK).clamp(1, TASKS);
        let blocks = (rows * panels.depth).div_ceil(ROWS);
        if blocks <= 2 && rows <= panels.columns {
            let chunk = panels.panels().div_ceil(wanted.min(panels.panels()));
            let block = tiles.div_ceil(blocks);
            let (blocks, chunks) = (tiles.div_ceil(block), panels.panels().div_ceil(chunk));
            return Self { tile, block, blocks, chunk, chunks, filters_first: true };
        }
        let mut chunks = panels.panels().div_ceil((CHUNK / panel).max(1));
        // Few rows and many filters: every filter is read by one task only.
        if rows * panels.depth <= CHUNK && rows < panels.columns {
            chunks = chunks.max(wanted.min(panels.panels()));
        }
        let chunk = panels.panels().div_ceil(chunks);
        let chunks = panels.panels().div_ceil(chunk);
        let block = tiles.div_ceil(wanted.div_ceil(chunks).min(tiles));
        Self { tile, block, blocks: tiles.div_ceil(block), chunk, chunks, filters_first: false }
    }
}

/// Computes `output = finish(limit(conv(input) + bias + residual))`, a cross-correlation like PyTorch's `conv2d`;
/// input and output are NHWC.
///
/// # Errors
/// A buffer whose length does not match `shape`.
pub fn conv2d_forward(
    shape: &ConvShape,
    input: &[f32],
    filter: &Filter,
    epilogue: &Epilogue<'_>,
    output: &mut [f32],
) -> Result<(), KernelError> {
    filter.check_operands(shape, input.len(), epilogue.bias, output.len())?;
    if let Residual::Of(residual) = epilogue.residual {
        check_length("the residual", residual.len(), shape.output_len())?;
    }
    let panels = match filter.packed() {
        Packed::Direct(panels) => panels,
        Packed::Depthwise(filter) => {
            depthwise::forward(shape, input, filter, epilogue, output);
            return Ok(());
        }
        Packed::Winograd(filter) => {
            winograd::forward(shape, input, filter, epilogue, output);
            apply_to_all(epilogue.finish, output);
            return Ok(());
        }
        Packed::Streamed(panels) => {
            winograd::forward_streamed(shape, input, panels, epilogue, output);
            apply_to_all(epilogue.finish, output);
            return Ok(());
        }
    };
    let cut = Cut::new(shape.rows(), panels);
    let out = Shared::new(output);
    let chunks = shape.groups() * cut.chunks;
    let tasks = |rows: RowSource<'_>| {
        // Consecutive tasks share a chunk of filters.
        spread(chunks * cut.blocks, &|task| {
            let (chunk, block) = match cut.filters_first {
                true => (task % chunks, task / chunks),
                false => (task / cut.blocks, task % cut.blocks),
            };
            let (group, chunk) = (chunk / cut.chunks, chunk % cut.chunks);
            let first = block * cut.block * cut.tile;
            let range = first..(first + cut.block * cut.tile).min(shape.rows());
            let chunk = chunk * cut.chunk..((chunk + 1) * cut.chunk).min(panels.panels());
            let task = ConvTask {
                shape,
                rows,
                panels,
                epilogue,
                group,
                range,
                tile: cut.tile,
                chunk,
                filters_first: cut.filters_first,
            };
            task.run(&out);
        });
    };
    // Rows a large power of two apart map to the same cache sets: these are copied too.
    let direct = shape.is_pointwise() && shape.groups() == 1 && !panels.depth.is_multiple_of(1024);
    let stride = panels.depth.next_multiple_of(16) + 16;
    let size = shape.rows() * stride;
    if direct {
        tasks(RowSource::Ready(input, panels.depth));
    } else if shape.groups() == 1 && cut.chunks > 1 && size <= GATHERED {
        // Several chunks of filters read the same rows: gathered once for all of them.
        with_scratch(size, |matrix| {
            spread_chunks(matrix, cut.tile * stride, &|block, rows| {
                let first = block * cut.tile;
                gather(shape, input, 0, first..(first + cut.tile).min(shape.rows()), stride, rows);
            });
            tasks(RowSource::Ready(matrix, stride));
        });
    } else {
        tasks(RowSource::Image(input, stride));
    }
    Ok(())
}

/// Most numbers of gathered rows that are held for all chunks of filters.
const GATHERED: usize = 1 << 24;

/// Source of a task's rows of windows.
#[derive(Clone, Copy)]
enum RowSource<'a> {
    /// A matrix of all rows, and its row stride.
    Ready(&'a [f32], usize),
    /// The image, to be gathered into rows of this stride.
    Image(&'a [f32], usize),
}

/// A block of rows times a chunk of filters.
struct ConvTask<'a> {
    shape: &'a ConvShape,
    rows: RowSource<'a>,
    panels: &'a Panels,
    epilogue: &'a Epilogue<'a>,
    group: usize,
    range: std::ops::Range<usize>,
    tile: usize,
    chunk: std::ops::Range<usize>,
    filters_first: bool,
}

impl ConvTask<'_> {
    fn run(self, out: &Shared<'_>) {
        let tiles = self.range.clone().step_by(self.tile);
        let tiles = tiles.map(|first| first..(first + self.tile).min(self.range.end));
        match self.rows {
            RowSource::Ready(matrix, stride) if self.filters_first => {
                for index in self.chunk.clone() {
                    for rows in tiles.clone() {
                        self.tile(&matrix[rows.start * stride..], stride, rows, index, out);
                    }
                }
                self.finish(&self.range, out);
            }
            RowSource::Ready(matrix, stride) => tiles.for_each(|rows| {
                let a = &matrix[rows.start * stride..];
                let share = rows.len() * stride / self.chunk.len();
                for (turn, index) in self.chunk.clone().enumerate() {
                    // With each panel, prefetch a share of the next tile's rows.
                    if let Some(next) = a.get(rows.len() * stride + turn * share..) {
                        prefetch::read(next.as_ptr(), share);
                    }
                    self.next_panel(&rows, index);
                    self.tile(a, stride, rows.clone(), index, out);
                }
                self.finish(&rows, out);
            }),
            RowSource::Image(input, stride) => with_scratch(self.tile * stride, |scratch| {
                tiles.for_each(|rows| {
                    gather(self.shape, input, self.group, rows.clone(), stride, scratch);
                    for index in self.chunk.clone() {
                        self.next_panel(&rows, index);
                        self.tile(scratch, stride, rows.clone(), index, out);
                    }
                    self.finish(&rows, out);
                });
            }),
        }
    }

    /// Applies the epilogue's function to rows of the task's columns, which were computed.
    fn finish(&self, rows: &std::ops::Range<usize>, out: &Shared<'_>) {
        let panels = self.panels;
        let width = panel_width(panels.isa);
        let columns = self.chunk.start * width..(self.chunk.end * width).min(panels.columns);
        let channels = self.shape.out_channels;
        let first = rows.start * channels + self.group * panels.columns + columns.start;
        // SAFETY: the rows lie inside the output, and their columns are this task's.
        unsafe { apply_to_rows(self.epilogue.finish, out, (first, columns.len()), (rows.len(), channels)) }
    }

    /// Prefetches the panel after `index` if `rows` are the first to need it: it is not in the cache yet.
    fn next_panel(&self, rows: &std::ops::Range<usize>, index: usize) {
        if rows.start == self.range.start && index + 1 < self.chunk.end {
            let panel = self.panels.panel(self.group, index + 1);
            prefetch::read(panel.as_ptr(), panel.len());
        }
    }

    /// Multiplies a tile of rows by a panel of filters; `a` holds the rows' windows, `stride` apart.
    fn tile(&self, a: &[f32], stride: usize, rows: std::ops::Range<usize>, index: usize, out: &Shared<'_>) {
        let panels = self.panels;
        let width = panel_width(panels.isa);
        let column = self.group * panels.columns + index * width;
        let at = rows.start * self.shape.out_channels + column;
        prefetch::write(out.at(at), rows.len(), width, self.shape.out_channels);
        let tile = Tile {
            depth: panels.depth,
            a: a.as_ptr(),
            a_stride: stride,
            panel: panels.panel(self.group, index).as_ptr(),
            c: out.at(at),
            c_stride: self.shape.out_channels,
            rows: rows.len(),
            columns: width.min(panels.columns - index * width),
            bias: self.epilogue.bias.map_or(std::ptr::null(), |bias| bias[column..].as_ptr()),
            residual: self.epilogue.residual.at(at, out),
            range: self.epilogue.range,
        };
        // SAFETY: the panels were packed for an instruction set of this machine; rows and columns are inside
        // buffers whose lengths were checked.
        unsafe { tile::compute(panels.isa, &tile) }
    }
}
