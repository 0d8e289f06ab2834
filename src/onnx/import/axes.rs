use camlab_nn::graph::{Extent, NodeId};

/// Meaning of one dimension of a file's tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TensorAxis {
    /// Images.
    Batch,
    /// Channels, or the elements of a vector.
    Channel,
    /// Rows.
    Row,
    /// Columns.
    Column,
    /// A dimension of length 1 without a meaning of its own.
    One,
    /// Groups of channels, of which there are so many.
    Groups(usize),
    /// Channels within a group, of which there are so many.
    InGroup(usize),
    /// Rows, columns and channels as one dimension, in this order.
    Flat,
    /// Images and channels as one dimension, in this order.
    All,
}

/// An activation of the graph, and the dimensions that the file's tensor has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TensorView {
    pub node: NodeId,
    pub axes: Vec<TensorAxis>,
}

impl TensorAxis {
    /// Length of the dimension in an activation of some images.
    pub fn length(self, extent: Extent, images: usize) -> usize {
        let (channels, height, width) = extent.grid();
        match self {
            Self::Batch => images,
            Self::Channel => channels,
            Self::Row => height,
            Self::Column => width,
            Self::One => 1,
            Self::Groups(count) | Self::InGroup(count) => count,
            Self::Flat => channels * height * width,
            Self::All => images * channels,
        }
    }
}

impl TensorView {
    /// Place of a dimension.
    pub fn place(&self, axis: TensorAxis) -> Option<usize> {
        self.axes.iter().position(|own| *own == axis)
    }
}
