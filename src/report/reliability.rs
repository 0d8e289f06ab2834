//! Confidence and accuracy of the networks' answers, over the seeds of the reference configuration.

use super::analysis::{Analysis, distinct};
use camlab_frame::CalibrationRow;
use camlab_frame::aggregate::mean;

/// Calibration of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// The network.
    pub network: String,
    /// The bins of confidence that hold images, ascending, over all seeds.
    pub bins: Vec<ReliabilityBin>,
    /// Expected calibration error with these bins, per cent, mean over the seeds.
    pub error: f64,
}

/// Answers whose confidence lies in one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Confidence above which the bin begins, per cent.
    pub from: f64,
    /// Largest confidence of the bin, per cent.
    pub to: f64,
    /// Mean confidence of the answers, per cent.
    pub confidence: f64,
    /// Share of right answers, per cent.
    pub accuracy: f64,
    /// Share of the images, per cent.
    pub share: f64,
}

/// The networks of the reference configuration, in order of appearance.
pub fn reliabilities(analysis: &Analysis<'_>) -> Vec<Reliability> {
    let rows = &analysis.frames.calibration;
    let networks = distinct(rows.iter().map(|row| &row.network));
    networks.into_iter().filter_map(|network| reliability(rows, network)).collect()
}

fn reliability(rows: &[CalibrationRow], network: String) -> Option<Reliability> {
    let own: Vec<&CalibrationRow> =
        rows.iter().filter(|row| row.network == network && row.images > 0).collect();
    let images = |rows: &[&CalibrationRow]| rows.iter().map(|row| f64::from(row.images)).sum::<f64>();
    let all = images(&own);
    let seeds = distinct(own.iter().map(|row| &row.seed));
    let errors = seeds.iter().map(|seed| {
        let of_seed: Vec<&CalibrationRow> = own.iter().filter(|row| row.seed == *seed).copied().collect();
        let gap =
            |row: &&CalibrationRow| Some((row.accuracy? - row.confidence?).abs() * f64::from(row.images));
        100.0 * of_seed.iter().filter_map(gap).sum::<f64>() / images(&of_seed)
    });
    let error = mean(&errors.collect::<Vec<_>>())?;
    let mut numbers = distinct(own.iter().map(|row| &row.bin));
    numbers.sort_unstable();
    let bins = numbers.into_iter().filter_map(|number| {
        let rows: Vec<&CalibrationRow> = own.iter().filter(|row| row.bin == number).copied().collect();
        let first = rows.first()?;
        let weighted = |of: fn(&CalibrationRow) -> Option<f64>| {
            let sum: f64 = rows.iter().filter_map(|row| Some(of(row)? * f64::from(row.images))).sum();
            100.0 * sum / images(&rows)
        };
        Some(ReliabilityBin {
            from: 100.0 * first.from,
            to: 100.0 * first.to,
            confidence: weighted(|row| row.confidence),
            accuracy: weighted(|row| row.accuracy),
            share: 100.0 * images(&rows) / all,
        })
    });
    let bins = bins.collect();
    Some(Reliability { network, bins, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_added_up_and_their_errors_averaged() {
        let row = |seed: i64, bin: u32, confidence: f64, accuracy: f64, images: u32| CalibrationRow {
            cell: "c".into(),
            seed,
            network: "n".into(),
            bin,
            from: f64::from(bin) / 2.0,
            to: f64::from(bin + 1) / 2.0,
            confidence: Some(confidence),
            accuracy: Some(accuracy),
            images,
        };
        let empty = CalibrationRow { confidence: None, accuracy: None, ..row(1, 0, 0.0, 0.0, 0) };
        let rows = [row(1, 1, 0.75, 0.5, 4), empty, row(2, 0, 0.25, 0.25, 1), row(2, 1, 1.0, 0.5, 3)];
        let found = reliability(&rows, "n".into()).unwrap();
        // 25 % of seed 1; 3 / 4 * 50 % of seed 2.
        assert_eq!(found.error, (25.0 + 37.5) / 2.0);
        let bins: Vec<_> = found.bins.iter().map(|bin| (bin.from, bin.to, bin.accuracy, bin.share)).collect();
        assert_eq!(bins, [(0.0, 50.0, 25.0, 12.5), (50.0, 100.0, 50.0, 87.5)]);
        assert!((found.bins[1].confidence - 600.0 / 7.0).abs() < 1e-9);
        assert_eq!(reliability(&rows, "other".into()), None);
    }
}
