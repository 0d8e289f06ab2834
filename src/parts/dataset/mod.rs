//! Data sets: where photographs, labels and ground truth come from.
