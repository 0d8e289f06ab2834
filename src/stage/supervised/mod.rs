//! The few-shot supervised localiser: training of a head on the activations of a layer, its maps, and the count of the
//! annotations that it reads.

/// Count of the annotations of a data set.
pub mod annotations;
/// Maps of a trained head.
pub mod maps;
/// Training of a head.
pub mod supervise;
