use crate::command::output::thousands;
use serde::Serialize;

/// Numbers of images for which the table extrapolates the time: a small test set, ImageNet's validation set.
const EXAMPLES: [u64; 2] = [1_000, 50_000];

/// Result of a measurement.
#[derive(Debug, Serialize)]
pub struct BenchReport {
    pub network: String,
    /// Height and width of the images, in pixels.
    pub input: [usize; 2],
    /// Number of images per batch.
    pub batch: usize,
    pub precision: &'static str,
    /// `forward`, `training`, or `METHOD at LAYER`.
    pub task: String,
    pub threads: usize,
    pub images_per_s: f64,
    /// Median over the runs.
    pub seconds_per_batch: f64,
    pub runs: usize,
    /// Operations of convolutions and linear layers, in 1e9 per second; a Winograd convolution, which computes fewer,
    /// counts as a direct one. `None` for CAM methods.
    pub gflops: Option<f64>,
    /// Highest rate measured on this machine in the same run, in 1e9 operations per second.
    pub peak_gflops: f64,
    /// Instructions with which the peak was measured.
    pub peak_of: &'static str,
    pub share_of_peak: Option<f64>,
    /// Peak resident set of the process, in 1e6 bytes.
    pub peak_memory_mb: Option<f64>,
    pub hardware: String,
    pub isa: &'static str,
}

impl BenchReport {
    /// One line of JSON.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    /// A text table.
    pub fn table(&self) -> String {
        let [height, width] = self.input;
        let mut rows = vec![
            (
                "network",
                format!("{}, {height}x{width}, batch {}, {}", self.network, self.batch, self.precision),
            ),
            ("task", self.task.clone()),
            ("hardware", format!("{}, {}, {} threads", self.hardware, self.isa, self.threads)),
            ("speed", format!("{} images/s", significant(self.images_per_s))),
            ("per batch", format!("{} (median of {} runs)", span(self.seconds_per_batch), self.runs)),
        ];
        if let (Some(gflops), Some(share)) = (self.gflops, self.share_of_peak) {
            let peak = format!("{:.0} GFLOP/s peak ({})", self.peak_gflops, self.peak_of);
            rows.push(("arithmetic", format!("{gflops:.0} GFLOP/s, {:.0} % of {peak}", 100.0 * share)));
        }
        if let Some(memory) = self.peak_memory_mb {
            rows.push(("memory", format!("{memory:.0} MB peak")));
        }
        for images in EXAMPLES {
            rows.push((if images == EXAMPLES[0] { "time" } else { "" }, self.example(images)));
        }
        rows.iter().map(|(name, value)| format!("{name:<11}{value}\n")).collect()
    }

    fn example(&self, images: u64) -> String {
        let once = if self.task == "training" { " (one epoch)" } else { "" };
        format!("{} for {} images{once}", span(images as f64 / self.images_per_s), thousands(images))
    }
}

/// Formats a number with about three significant digits.
fn significant(value: f64) -> String {
    match value {
        _ if value >= 100.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ if value >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Formats a duration in ms, s, min or h, by its length.
fn span(seconds: f64) -> String {
    match seconds {
        _ if seconds < 1.0 => format!("{} ms", significant(1e3 * seconds)),
        _ if seconds < 120.0 => format!("{} s", significant(seconds)),
        _ if seconds < 7200.0 => format!("{} min", significant(seconds / 60.0)),
        _ => format!("{} h", significant(seconds / 3600.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_read_as_people_write_them() {
        assert_eq!(span(0.0213), "21.3 ms");
        assert_eq!(span(90.0), "90.0 s");
        assert_eq!(span(1190.0), "19.8 min");
        assert_eq!(span(36_000.0), "10.0 h");
        assert_eq!(significant(0.0123), "0.012");
    }
}
