use super::Check;
use camlab_config::Experiment;
use camlab_data::InputSize;
use camlab_nn::graph::Graph;
use camlab_parts::backbone::BackboneError;

/// Channels of a loaded image.
const CHANNELS: usize = 3;

impl Check<'_> {
    /// A backbone that cannot be built, told at the option that is to be changed.
    pub(super) fn backbone(&mut self, error: &BackboneError) {
        // As with data: what is not on this machine is checked where it is.
        if matches!(error, BackboneError::Absent { .. }) {
            return;
        }
        let option = error.option().map(|option| format!("backbone.{option}"));
        self.at(option.as_deref().unwrap_or("backbone"), error.to_string(), "");
    }

    /// Checks that images have the size for which an imported network was made.
    pub(super) fn input_size(&mut self, experiment: &Experiment) {
        let InputSize { height, width } = experiment.data.input.size;
        let Some([rows, columns]) = experiment.backbone.input_size() else { return };
        if [rows, columns] != [height, width] {
            let message = format!(
                "images have {height}x{width} pixels, and the network of the ONNX file is made for {rows}x{columns}"
            );
            let remedy =
                "set data.input.size to the network's size, or backbone.onnx.size to that of the images";
            self.at("data.input.size", message, remedy);
        }
    }

    /// Checks that the network takes what the loader gives.
    pub(super) fn input_channels(&mut self, graph: &Graph) {
        let channels = graph.input_channels();
        self.require(
            channels == CHANNELS,
            "backbone.onnx.file",
            format!(
                "the network takes images whose number of channels is {channels}, and images are loaded with {CHANNELS}: \
                 red, green and blue"
            ),
            "export it with an input of three channels, or of one, which takes the grey value",
        );
    }
}
