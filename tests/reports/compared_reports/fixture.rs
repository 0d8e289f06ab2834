//! Small report folders with given numbers per image.

use std::path::Path;

use camlab::frame::{
    CellRow, CostRow, Direction, ImageRow, RunRow, SummaryRow, TitleRow, TrainingRow, write,
};

/// IoU thresholds of MaxBoxAccV2.
const DELTAS: [f32; 3] = [0.3, 0.5, 0.7];
/// Levels of the map threshold.
const LEVELS: usize = 255;

/// IoU and KL divergence by seed and image.
pub type SeedsOfImages = Vec<Vec<(f32, f32)>>;

/// A fabricated report.
#[derive(Clone)]
pub struct Fabricated {
    pub name: String,
    pub network: String,
    /// The resolved experiment beside its name and its metrics.
    pub toml: String,
    /// Rows of `run.parquet` beside it.
    pub facts: Vec<(&'static str, String)>,
    /// Label of every configuration.
    pub configurations: Vec<String>,
    /// Map, and by seed and image IoU and KL divergence.
    pub maps: Vec<(&'static str, SeedsOfImages)>,
    /// Name of an image by its number.
    pub image: fn(usize) -> String,
    /// Ground-truth box.
    pub truth: [i32; 4],
}

impl Fabricated {
    /// A report of one network with two maps, one seed, and numbers that follow from `skill`.
    pub fn new(name: &str, images: usize, skill: f32) -> Self {
        let map = |shift: f32| {
            let of_image = |at: usize| {
                let hard = (at * 37 % 101) as f32 / 101.0;
                ((skill + shift - 0.6 * hard).clamp(0.0, 1.0), 1.5 + hard - 0.5 * (skill + shift))
            };
            vec![(0..images).map(of_image).collect::<Vec<_>>()]
        };
        Self {
            name: name.into(),
            network: "kaiming".into(),
            toml: "seeds = [7]\n[training]\nlr = 0.1\n[[init]]\nname = \"kaiming\"\nscheme = \"kaiming-normal\"\n".into(),
            facts: vec![
                (RunRow::CAMLAB, "0.1.0".into()),
                (RunRow::COMMIT, "1594ddb0c2".into()),
                (RunRow::HOST, "node1".into()),
                ("data", format!("{images} images, blake3 9f2b6c4d8e0a1c3f")),
            ],
            configurations: vec!["base".into()],
            maps: vec![("cam", map(0.0)), ("grad-cam", map(0.1))],
            image: |at| format!("shape-{at:04}"),
            truth: [10, 12, 40, 44],
        }
    }

    /// Writes the frames into a folder.
    pub fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        let mut images = Vec::new();
        let (mut summary, mut cells, mut training, mut cost) = (vec![], vec![], vec![], vec![]);
        for (number, configuration) in self.configurations.iter().enumerate() {
            let seeds = self.maps.iter().map(|(_, seeds)| seeds.len()).max().unwrap_or(0);
            for seed in 0..seeds {
                let cell = match self.configurations.len() {
                    1 => format!("s{seed}"),
                    _ => format!("c{number:02}-s{seed}"),
                };
                let seed_number = seed as i64;
                cells.push(CellRow {
                    cell: cell.clone(),
                    seed: seed_number,
                    configuration: configuration.clone(),
                    key: None,
                    value: None,
                });
                for epoch in 1..=2 {
                    training.push(self.epoch(&cell, seed_number, epoch));
                }
                cost.push(self.cost(&cell, seed_number, "train", "", 90.0));
                for (method, seeds) in &self.maps {
                    let rows: Vec<ImageRow> = seeds[seed]
                        .iter()
                        .enumerate()
                        .map(|(at, numbers)| self.image(&cell, seed_number, method, at, *numbers))
                        .collect();
                    summary.extend(self.summary(&cell, seed_number, method, &seeds[seed]));
                    cost.push(self.cost(&cell, seed_number, "map", method, 6.0));
                    images.extend(rows);
                }
            }
        }
        let title = |kind: &str, name: &str, title: &str| TitleRow {
            kind: kind.into(),
            name: name.into(),
            title: title.into(),
            summary: String::new(),
        };
        let titles = [
            title("method", "cam", "CAM"),
            title("method", "grad-cam", "Grad-CAM"),
            title("metric", "max-box-acc-v2", "MaxBoxAccV2"),
            title("metric", "kl", "KL divergence"),
        ];
        write(folder, &images).unwrap();
        write(folder, &summary).unwrap();
        write(folder, &cells).unwrap();
        write(folder, &training).unwrap();
        write(folder, &cost).unwrap();
        write(folder, &titles).unwrap();
        write(folder, &self.run()).unwrap();
    }

    fn run(&self) -> Vec<RunRow> {
        let toml = format!(
            "name = \"{}\"\n{}\n[evaluation]\nmetrics = [\"max-box-acc-v2\", \"kl\"]\n",
            self.name, self.toml
        );
        let mut rows = vec![RunRow::new(RunRow::EXPERIMENT, &self.name), RunRow::new(RunRow::TOML, toml)];
        rows.extend(self.facts.iter().map(|(key, value)| RunRow::new(*key, value)));
        rows
    }

    fn epoch(&self, cell: &str, seed: i64, epoch: u32) -> TrainingRow {
        TrainingRow {
            cell: cell.into(),
            seed,
            network: self.network.clone(),
            stage: "free".into(),
            epoch,
            learning_rate: 0.1,
            loss: 2.0 / f64::from(epoch) + 0.25 * seed as f64,
            accuracy: 40.0 * f64::from(epoch),
            validation_loss: None,
            validation_accuracy: None,
            images_per_second: 480.0,
            seconds: 3.2,
        }
    }

    fn cost(&self, cell: &str, seed: i64, stage: &str, method: &str, seconds: f64) -> CostRow {
        let is_map = !method.is_empty();
        CostRow {
            experiment: self.name.clone(),
            cell: cell.into(),
            seed,
            stage: stage.into(),
            key: format!("{cell}-{stage}-{method}"),
            network: if is_map { self.network.clone() } else { String::new() },
            method: method.into(),
            layer: if is_map { "layer4".into() } else { String::new() },
            contrast: String::new(),
            label: stage.into(),
            seconds: Some(seconds),
            images: if is_map { 100 } else { 0 },
            seconds_per_image: is_map.then_some(0.06),
            passes_per_image: is_map.then_some(1.0),
            peak_bytes: None,
        }
    }

    fn summary(&self, cell: &str, seed: i64, method: &str, images: &[(f32, f32)]) -> Vec<SummaryRow> {
        let count = images.len() as f64;
        let reached = |iou: f32| 100.0 * DELTAS.iter().filter(|delta| iou >= **delta).count() as f64 / 3.0;
        let accuracy = images.iter().map(|(iou, _)| reached(*iou)).sum::<f64>() / count;
        let kl = images.iter().map(|(_, kl)| f64::from(*kl)).sum::<f64>() / count;
        let row = |metric: &str, value: f64, unit: &str, direction: Direction| SummaryRow {
            experiment: self.name.clone(),
            cell: cell.into(),
            seed,
            network: self.network.clone(),
            method: method.into(),
            layer: "layer4".into(),
            contrast: "none".into(),
            metric: metric.into(),
            value,
            ci_low: Some(0.9 * value),
            ci_high: Some(1.1 * value),
            n: images.len() as u32,
            unit: unit.into(),
            direction,
        };
        vec![row("max-box-acc-v2", accuracy, "%", Direction::Higher), row("kl", kl, "nats", Direction::Lower)]
    }

    fn image(&self, cell: &str, seed: i64, method: &str, at: usize, (iou, kl): (f32, f32)) -> ImageRow {
        ImageRow {
            cell: cell.into(),
            seed,
            network: self.network.clone(),
            method: method.into(),
            layer: "layer4".into(),
            contrast: "none".into(),
            image: (self.image)(at),
            index: at as u32,
            label: 0,
            label_name: "disc".into(),
            target: 0,
            predicted: Some(0),
            label_probability: Some(0.5),
            predicted_probability: Some(0.5),
            label_rank: Some(0),
            height: 64,
            width: 64,
            truth_boxes: self.truth.to_vec(),
            iou_thresholds: DELTAS.to_vec(),
            tau_levels: vec![0; 3],
            boxes: vec![0; 12],
            ious: vec![iou; 3],
            val_levels: vec![],
            val_boxes: vec![],
            val_ious: vec![],
            largest_box: vec![0; 4],
            largest_iou: iou,
            iou_any: vec![iou; LEVELS],
            iou_largest: vec![iou; LEVELS],
            auc: None,
            kl: Some(kl),
            thresholds: vec![],
            tpr: vec![],
            fpr: vec![],
            seconds: 0.01,
            flag: "none".into(),
            refined_probability: None,
            forwards: Some(1),
        }
    }
}
