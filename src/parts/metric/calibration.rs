//! A network's answers and their confidence, in bins of confidence.

use std::sync::Arc;

use super::ImageColumns;

/// A network's answer for one image: the class with the largest softmax probability, the first one if tied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassAnswer {
    /// The class.
    pub class: usize,
    /// Its softmax probability, in `[0, 1]`.
    pub confidence: f64,
    /// True class of the image.
    pub label: usize,
}

impl ClassAnswer {
    /// `true` if the class is the true one.
    pub fn is_right(&self) -> bool {
        self.class == self.label
    }
}

/// The answers image by image, from [`ImageColumns::class_probabilities`]; `None` for an image with a probability that
/// is not finite, and no image at all without probabilities or labels, or where images have several labels.
pub fn class_answers(rows: &ImageColumns) -> Vec<Option<ClassAnswer>> {
    if rows.labels.len() != rows.class_probabilities.len() || rows.clusters().is_some() {
        return Vec::new();
    }
    let answer = |(probabilities, label): (&Arc<[f32]>, &usize)| {
        if probabilities.is_empty() || probabilities.iter().any(|probability| !probability.is_finite()) {
            return None;
        }
        let (mut class, mut confidence) = (0, f32::NEG_INFINITY);
        for (place, probability) in probabilities.iter().enumerate() {
            if *probability > confidence {
                (class, confidence) = (place, *probability);
            }
        }
        Some(ClassAnswer { class, confidence: f64::from(confidence), label: *label })
    };
    rows.class_probabilities.iter().zip(&rows.labels).map(answer).collect()
}

/// The bin of a confidence in `[0, 1]` among `bins` bins of equal width: bin `b` of 0, 1, ... holds `(b / bins,
/// (b + 1) / bins]`, the first one 0 as well (Guo et al. 2017, section 2).
pub fn confidence_bin(confidence: f64, bins: usize) -> usize {
    let place = (confidence * bins as f64).ceil() as usize;
    place.saturating_sub(1).min(bins.saturating_sub(1))
}

/// The answers whose confidence lies in one bin.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CalibrationBin {
    /// Number of images.
    pub images: u64,
    /// Number of right answers.
    pub right: u64,
    /// Sum of the confidences.
    confidences: f64,
}

impl CalibrationBin {
    /// Adds an answer that counts `weight` times.
    pub(super) fn add(&mut self, confidence: f64, right: bool, weight: u32) {
        self.images += u64::from(weight);
        self.right += u64::from(weight) * u64::from(right);
        self.confidences += confidence * f64::from(weight);
    }

    /// Mean confidence, in `[0, 1]`; `None` without images.
    pub fn confidence(&self) -> Option<f64> {
        (self.images > 0).then(|| self.confidences / self.images as f64)
    }

    /// Share of right answers, in `[0, 1]`; `None` without images.
    pub fn accuracy(&self) -> Option<f64> {
        (self.images > 0).then(|| self.right as f64 / self.images as f64)
    }

    /// Distance between accuracy and mean confidence, in `[0, 1]`; `None` without images.
    pub fn gap(&self) -> Option<f64> {
        Some((self.accuracy()? - self.confidence()?).abs())
    }
}

/// The answers in `bins` bins of equal width.
pub fn calibration(answers: &[Option<ClassAnswer>], bins: usize) -> Vec<CalibrationBin> {
    let mut found = vec![CalibrationBin::default(); bins];
    for answer in answers.iter().flatten() {
        if let Some(bin) = found.get_mut(confidence_bin(answer.confidence, bins)) {
            bin.add(answer.confidence, answer.is_right(), 1);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_holds_its_upper_end() {
        let bins =
            [0.0, 0.1, 0.25, 0.26, 0.5, 0.75, 0.76, 1.0].map(|confidence| confidence_bin(confidence, 4));
        assert_eq!(bins, [0, 0, 0, 1, 1, 2, 3, 3]);
        assert_eq!([confidence_bin(1.0, 1), confidence_bin(0.0, 1)], [0, 0]);
    }

    #[test]
    fn the_first_of_equal_probabilities_answers() {
        let rows = ImageColumns {
            labels: vec![1, 2, 0],
            class_probabilities: [[0.2, 0.4, 0.4], [0.2, 0.4, 0.4], [f32::NAN, 0.5, 0.5]]
                .map(Arc::from)
                .to_vec(),
            ..ImageColumns::default()
        };
        let answers = class_answers(&rows);
        let right: Vec<Option<bool>> =
            answers.iter().map(|answer| answer.map(|answer| answer.is_right())).collect();
        assert_eq!(right, [Some(true), Some(false), None]);
        assert!(class_answers(&ImageColumns { labels: Vec::new(), ..rows }).is_empty());
    }
}
