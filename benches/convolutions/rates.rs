//! What the runs came to, beside the machine's peak.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use camlab::kernel::{Peak, bf16, peak_bf16, peak_f32};

use super::layers::Layer;

/// Which of the machine's peaks a kernel is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    F32,
    Bf16,
}

/// The runs of one kernel on one layer.
struct Runs {
    arithmetic: Arithmetic,
    flops: usize,
    network: String,
    times: usize,
    seconds: Vec<f64>,
}

/// All runs of this process, by kernel and layer in the order they came.
pub struct Rates {
    peaks: [Option<Peak>; 2],
    runs: Mutex<(Vec<(&'static str, String)>, BTreeMap<(&'static str, String), Runs>)>,
}

/// The process's own.
pub fn rates() -> &'static Rates {
    static RATES: OnceLock<Rates> = OnceLock::new();
    RATES.get_or_init(|| {
        let time = Duration::from_millis(300);
        let bf16 = bf16::available().then(|| peak_bf16(time).ok()).flatten();
        Rates { peaks: [Some(peak_f32(time)), bf16], runs: Mutex::default() }
    })
}

impl Rates {
    /// Runs once and remembers how long it took.
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
        let (order, runs) = &mut *runs;
        let key = (kernel, layer.to_string());
        let runs = runs.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            let network = layer.to_string().split(' ').next().unwrap_or_default().to_owned();
            Runs { arithmetic, flops: layer.shape.flops(), network, times: layer.times, seconds: Vec::new() }
        });
        runs.seconds.push(seconds);
        Ok(())
    }

    /// A line per kernel and layer, and one per kernel and network: all its convolutions, each as often as it occurs.
    pub fn table(&self) -> String {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let (order, runs) = &*runs;
        let mut text = String::from("\n");
        for (name, peak) in ["f32", "bf16"].into_iter().zip(self.peaks) {
            if let Some(Peak { gflops, loop_of }) = peak {
                text += &format!("peak {name}: {gflops:.0} GFLOP/s ({loop_of})\n");
            }
        }
        let mut whole: BTreeMap<(&str, &str), (f64, f64, Arithmetic)> = BTreeMap::new();
        for (kernel, layer) in order {
            let run = &runs[&(*kernel, layer.clone())];
            let seconds = median(&run.seconds);
            text += &self.line(kernel, layer, run.flops as f64, seconds, run.arithmetic);
            let sum = whole.entry((kernel, &run.network)).or_insert((0.0, 0.0, run.arithmetic));
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
