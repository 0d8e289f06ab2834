use serde::Serialize;

/// How many images the table tells the time of: an experiment's, ImageNet's validation set.
const EXAMPLES: [u64; 2] = [1_000, 50_000];

/// What was measured.
#[derive(Debug, Serialize)]
pub struct BenchReport {
    pub network: String,
    /// Height and width of the images.
    pub input: [usize; 2],
    /// Images at once.
    pub batch: usize,
    pub precision: &'static str,
    /// `forward`, `training`, or a CAM method and its layer.
    pub task: String,
    pub threads: usize,
    pub images_per_s: f64,
    /// The median run.
    pub seconds_per_batch: f64,
    pub runs: usize,
    /// Rate of the convolutions' and linear layers' operations, 1e9 per second; Winograd makes fewer, and is credited in full.
    pub gflops: Option<f64>,
    /// What the machine did at most in the same run, 1e9 per second.
    pub peak_gflops: f64,
    /// What that peak was measured with.
    pub peak_of: &'static str,
    pub share_of_peak: Option<f64>,
    /// Peak resident set of the process, 1e6 bytes.
    pub peak_memory_mb: Option<f64>,
    pub hardware: String,
    pub isa: &'static str,
}

impl BenchReport {
    /// One line of JSON.
    pub fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    /// A table for a person.
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
            ("batch", format!("{} (median of {} runs)", span(self.seconds_per_batch), self.runs)),
        ];
        if let (Some(gflops), Some(share)) = (self.gflops, self.share_of_peak) {
            let peak = format!("{:.0} ({})", self.peak_gflops, self.peak_of);
            rows.push(("arithmetic", format!("{gflops:.0} GFLOP/s, {:.0} % of {peak}", 100.0 * share)));
        }
        if let Some(memory) = self.peak_memory_mb {
            rows.push(("memory", format!("{memory:.0} MB at most")));
        }
        for images in EXAMPLES {
            rows.push((if images == EXAMPLES[0] { "takes" } else { "" }, self.example(images)));
        }
        rows.iter().map(|(name, value)| format!("{name:<11}{value}\n")).collect()
    }

    fn example(&self, images: u64) -> String {
        let once = if self.task == "training" { " (one epoch)" } else { "" };
        format!("{} for {} images{once}", span(images as f64 / self.images_per_s), thousands(images))
    }
}

/// Three significant digits.
fn significant(value: f64) -> String {
    match value {
        _ if value >= 100.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ if value >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// A length of time in the unit a person would use.
fn span(seconds: f64) -> String {
    match seconds {
        _ if seconds < 1.0 => format!("{} ms", significant(1e3 * seconds)),
        _ if seconds < 120.0 => format!("{} s", significant(seconds)),
        _ if seconds < 7200.0 => format!("{} min", significant(seconds / 60.0)),
        _ => format!("{} h", significant(seconds / 3600.0)),
    }
}

/// `50 000`.
fn thousands(number: u64) -> String {
    match number / 1000 {
        0 => number.to_string(),
        whole => format!("{} {:03}", thousands(whole), number % 1000),
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
        assert_eq!(thousands(50_000), "50 000");
        assert_eq!(thousands(7), "7");
        assert_eq!(significant(0.0123), "0.012");
    }
}
