//! Data sets, decoding, maps, boxes and scores, against PIL, OpenCV and scikit-learn.

mod dataset;
mod malformed;
mod raster_boxes;
mod raster_resize;
mod raster_saliency;
mod raster_scores;
mod raster_shared;
mod raster_similarity;
mod wsolevaluation;
