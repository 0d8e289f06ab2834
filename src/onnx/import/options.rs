use camlab_nn::graph::Graph;
use camlab_nn::{Network, NetworkError};

/// Order of the input's dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageLayout {
    /// `[n, c, h, w]`, as PyTorch exports.
    ChannelsFirst,
    /// `[n, h, w, c]`, as TensorFlow and Keras export.
    ChannelsLast,
}

/// Choices that a file leaves open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Input of the image; the only one if it is not given.
    pub input: Option<String>,
    /// Output with the class scores, or the name of any tensor; the only output if it is not given.
    pub output: Option<String>,
    /// Layout of the input; by its lengths if it is not given.
    pub layout: Option<ImageLayout>,
    /// Height and width of the images; those of the file if they are not given.
    pub size: Option<[usize; 2]>,
    /// True if images have the channels red, green and blue: an input of one channel takes their grey value.
    pub colour: bool,
}

/// An imported network.
#[derive(Debug)]
pub struct Imported {
    /// The operations; layers have the names of the file's nodes and tensors.
    pub graph: Graph,
    /// The values of all parameters, by name.
    pub values: Vec<(String, Vec<f32>)>,
    /// Height and width of the images for which paddings and shapes were computed.
    pub size: [usize; 2],
    /// Layout of the file's input.
    pub layout: ImageLayout,
    /// Name of the softmax at the end, which is left out: scores before it are what maps need.
    pub softmax: Option<String>,
}

impl Imported {
    /// The network with its weights.
    ///
    /// # Errors
    /// [`NetworkError`] for values that do not fit the graph: an internal error.
    pub fn network(&self) -> Result<Network, NetworkError> {
        let mut network = Network::new(self.graph.clone());
        for (name, value) in &self.values {
            network.set(name, value.clone())?;
        }
        Ok(network)
    }
}
