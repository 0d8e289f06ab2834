/// Mean and variance of every channel over places, added image by image.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureStatistics {
    count: f64,
    mean: Vec<f64>,
    /// Sum of squared differences from the mean.
    squares: Vec<f64>,
}

impl FeatureStatistics {
    /// Adds the activations of an image, `[places][channels]`.
    pub fn add(&mut self, features: &[f32], channels: usize) {
        let places = features.len() / channels.max(1);
        if places == 0 {
            return;
        }
        self.mean.resize(channels, 0.0);
        self.squares.resize(channels, 0.0);
        let (before, own) = (self.count, places as f64);
        self.count += own;
        for channel in 0..channels {
            let values = || features.iter().skip(channel).step_by(channels).map(|value| f64::from(*value));
            let mean = values().sum::<f64>() / own;
            let squares: f64 = values().map(|value| (value - mean) * (value - mean)).sum();
            // Chan, Golub and LeVeque (1979).
            let apart = mean - self.mean[channel];
            self.mean[channel] += apart * own / self.count;
            self.squares[channel] += squares + apart * apart * before * own / self.count;
        }
    }

    /// Mean of every channel.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Standard deviation of every channel, over all places.
    pub fn deviation(&self) -> Vec<f64> {
        self.squares.iter().map(|squares| (squares / self.count).sqrt()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_together_have_the_statistics_of_all_places() {
        let mut parts = FeatureStatistics::default();
        parts.add(&[1.0, 10.0, 3.0, 10.0], 2);
        parts.add(&[8.0, 10.0], 2);
        assert_eq!(parts.mean(), [4.0, 10.0]);
        let deviation = parts.deviation();
        assert!((deviation[0] - (26.0f64 / 3.0).sqrt()).abs() < 1e-12 && deviation[1] == 0.0);
        parts.add(&[], 2);
        assert_eq!(parts.mean(), [4.0, 10.0]);
    }
}
