use super::column::word;
use super::row::frame;

word! {
    /// End of the ranking that an image was taken from.
    RankKind {
        /// Among the best localised.
        Best = "best",
        /// Among the worst localised.
        Worst = "worst",
    }
}

frame! {
    /// `gallery.parquet`: the photographs and maps that the report shows.
    GalleryRow in "gallery.parquet" {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Identifier of the image in its dataset.
        image: String,
        /// End of the ranking.
        rank_kind: RankKind,
        /// Position in the ranking, from 0.
        rank: u32,
        /// Network; `baseline` for baselines.
        network: String,
        /// CAM method or baseline.
        method: String,
        /// Tapped layer; `-` for baselines.
        layer: String,
        /// Contrast applied to the map before evaluation; `none` for unchanged maps.
        contrast: String,
        /// IoU of the predicted box with the ground truth; NaN if there is none.
        iou: f32 => "0 to 1",
        /// The photograph, encoded as PNG or JPEG.
        photo: Vec<u8>,
        /// The map on its own grid, row-major, 0 to 1.
        map: Vec<f32> => "0 to 1",
        /// Rows of the map.
        map_height: u32 => "pixels",
        /// Columns of the map.
        map_width: u32 => "pixels",
        /// Rows of the evaluation grid, in which the boxes are given.
        height: u32 => "pixels",
        /// Columns of the evaluation grid.
        width: u32 => "pixels",
        /// Ground-truth boxes, flattened: x0, y0, x1, y1 (inclusive) per box.
        truth_boxes: Vec<i32> => "pixels",
        /// Predicted boxes, flattened in the same way, at the map threshold of validation images where there is one.
        boxes: Vec<i32> => "pixels",
        /// Name of the true class; empty for images without labels.
        label_name: String,
        /// Name of the predicted class; null for baselines.
        predicted_name: Option<String>,
        /// Softmax probability of the prediction, 0 to 1; null for baselines.
        predicted_probability: Option<f32> => "0 to 1",
    }
}
