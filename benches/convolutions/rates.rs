//! Rates of the measured runs, relative to the machine's peak.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use camlab::kernel::{Peak, bf16, peak_bf16, peak_f32};

use super::layers::Layer;

/// Number format of a kernel, which determines the peak it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    F32,
    Bf16,
}

/// Runs of one kernel on one layer.
struct Runs {
    kernel: &'static str,
    layer: String,
    arithmetic: Arithmetic,
    flops: usize,
    network: String,
    times: usize,
    seconds: Vec<f64>,
}

/// All runs of this process, in order.
pub struct Rates {
    peaks: [Option<Peak>; 2],
    runs: Mutex<Vec<Runs>>,
}

/// The process-wide instance; the first call measures the peaks.
pub fn rates() -> &'static Rates {
    static RATES: OnceLock<Rates> = OnceLock::new();
    RATES.get_or_init(|| {
        let time = Duration::from_millis(300);
        let bf16 = bf16::available().then(|| peak_bf16(time).ok()).flatten();
        Rates { peaks: [Some(peak_f32(time)), bf16], runs: Mutex::default() }
    })
}

impl Rates {
    /// Runs `run` once and records its duration.
    pub fn time<E>(
        &self,
        kernel: &'static str,
        arithmetic: Arithmetic,
        layer: &Layer,
        run: &mut impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        let started = Instant::now();
        run()?;
        let seconds = started.elapsed().as_secs_f64();
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let name = layer.to_string();
        match runs.iter_mut().find(|runs| runs.kernel == kernel && runs.layer == name) {
            Some(runs) => runs.seconds.push(seconds),
            None => runs.push(Runs {
                kernel,
                network: name.split(' ').next().unwrap_or_default().to_owned(),
                layer: name,
                arithmetic,
                flops: layer.shape.flops(),
                times: layer.times,
                seconds: vec![seconds],
            }),
        }
        Ok(())
    }

    /// Text table: one line per kernel and layer, and one per kernel and network, the sum over all its measured
    /// convolutions with each counted as often as it occurs.
    pub fn table(&self) -> String {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from("\n");
        for (name, peak) in ["f32", "bf16"].into_iter().zip(self.peaks) {
            if let Some(Peak { gflops, loop_of }) = peak {
                text += &format!("peak {name}: {gflops:.0} GFLOP/s ({loop_of})\n");
            }
        }
        let mut whole: BTreeMap<(&str, &str), (f64, f64, Arithmetic)> = BTreeMap::new();
        for run in runs.iter() {
            let seconds = median(&run.seconds);
            text += &self.line(run.kernel, &run.layer, run.flops as f64, seconds, run.arithmetic);
            let sum = whole.entry((run.kernel, &run.network)).or_insert((0.0, 0.0, run.arithmetic));
            sum.0 += run.times as f64 * run.flops as f64;
            sum.1 += run.times as f64 * seconds;
        }
        for ((kernel, network), (flops, seconds, arithmetic)) in whole {
            text += &self.line(kernel, &format!("{network} all measured"), flops, seconds, arithmetic);
        }
        text
    }

    fn line(&self, kernel: &str, layer: &str, flops: f64, seconds: f64, arithmetic: Arithmetic) -> String {
        let gflops = flops / seconds / 1e9;
        let share = self.peaks[arithmetic as usize].map_or(f64::NAN, |peak| 100.0 * gflops / peak.gflops);
        format!("{kernel:<17}{layer:<30}{:>9.2} ms{gflops:>9.0} GFLOP/s{share:>5.0} %\n", 1e3 * seconds)
    }
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
