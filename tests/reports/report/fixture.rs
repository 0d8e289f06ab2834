//! A fabricated report directory: numbers drawn from a seeded generator, plausible in shape.

use std::path::Path;

use camlab::frame::{
    BetweenRow, CellRow, ClaimRow, CurveKind, CurveRow, Direction, GalleryRow, ImageRow, IntuitiveRow,
    PredictionSummaryRow, RankKind, RunRow, StepRow, SummaryRow, TrainingRow, write,
};
use camlab::raster::Rgb;
use camlab::raster::encode::png;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Size and content of a fabricated report.
pub struct Fixture {
    pub experiment: String,
    pub question: String,
    pub networks: Vec<&'static str>,
    pub methods: Vec<&'static str>,
    pub layers: Vec<&'static str>,
    pub seeds: Vec<i64>,
    /// Configurations: label and overrides.
    pub configurations: Vec<(String, Vec<(String, String)>)>,
    pub images: u32,
    pub epochs: u32,
    pub cases: u32,
}

impl Default for Fixture {
    fn default() -> Self {
        Self {
            experiment: "methods-on-resnet".into(),
            question: "Is Score-CAM more effective than Grad-CAM on a fused ResNet?".into(),
            networks: vec!["resnet18-fused"],
            methods: vec!["cam", "grad-cam", "grad-cam++", "layer-cam", "score-cam"],
            layers: vec!["layer4"],
            seeds: vec![7],
            configurations: vec![("base".into(), vec![])],
            images: 100,
            epochs: 12,
            cases: 2,
        }
    }
}

/// The rows of every frame.
#[derive(Default, Clone)]
pub struct Rows {
    pub images: Vec<ImageRow>,
    pub summary: Vec<SummaryRow>,
    pub curves: Vec<CurveRow>,
    pub training: Vec<TrainingRow>,
    pub steps: Vec<StepRow>,
    pub gallery: Vec<GalleryRow>,
    pub cells: Vec<CellRow>,
    pub run: Vec<RunRow>,
    pub intuitive: Vec<IntuitiveRow>,
    pub claims: Vec<ClaimRow>,
    pub predictions: Vec<PredictionSummaryRow>,
    pub between: Vec<BetweenRow>,
}

impl Rows {
    pub fn write(&self, dir: &Path) {
        write(dir, &self.images).unwrap();
        write(dir, &self.summary).unwrap();
        write(dir, &self.curves).unwrap();
        write(dir, &self.training).unwrap();
        write(dir, &self.steps).unwrap();
        write(dir, &self.gallery).unwrap();
        write(dir, &self.cells).unwrap();
        write(dir, &self.run).unwrap();
        write(dir, &self.intuitive).unwrap();
        write(dir, &self.claims).unwrap();
        write(dir, &self.predictions).unwrap();
        write(dir, &self.between).unwrap();
    }
}

const DELTAS: [f32; 3] = [0.3, 0.5, 0.7];

impl Fixture {
    /// Fabricates the rows; the same fixture always gives the same rows.
    pub fn rows(&self) -> Rows {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut rows = Rows { run: self.run(), ..Rows::default() };
        for (place, (configuration, overrides)) in self.configurations.iter().enumerate() {
            for &seed in &self.seeds {
                let cell = format!("cell-{place:02}");
                rows.cells.extend(cell_rows(&cell, seed, configuration, overrides));
                for &network in &self.networks {
                    for epoch in 1..=self.epochs {
                        let progress = 1.0 - (-f64::from(epoch) / 4.0).exp();
                        rows.training.push(TrainingRow {
                            cell: cell.clone(),
                            seed,
                            network: network.into(),
                            stage: if epoch <= self.epochs / 2 { "frozen".into() } else { "free".into() },
                            epoch,
                            learning_rate: 0.1,
                            loss: 2.3 - 1.9 * progress + 0.1 * random.random::<f64>(),
                            accuracy: 10.0 + 80.0 * progress + 2.0 * random.random::<f64>(),
                            validation_loss: Some(2.3 - 1.7 * progress),
                            validation_accuracy: Some(10.0 + 70.0 * progress),
                            images_per_second: 480.0,
                            seconds: 3.2,
                        });
                        for step in 1..=20 {
                            let step = 20 * (epoch - 1) + step;
                            let progress = f64::from(step) / 20.0 / f64::from(self.epochs);
                            rows.steps.push(StepRow {
                                cell: cell.clone(),
                                seed,
                                network: network.into(),
                                stage: if epoch <= self.epochs / 2 { "frozen".into() } else { "free".into() },
                                epoch,
                                step,
                                learning_rate: 0.1 * (1.0 - progress),
                                loss: 2.3 - 1.9 * progress + 0.3 * f64::from(step * 7 % 11) / 11.0,
                                accuracy: 10.0 + 80.0 * progress,
                                images_per_second: 480.0,
                            });
                        }
                    }
                }
                let series = self.series();
                for (rank, (network, method, layer)) in series.iter().enumerate() {
                    let better = rank as f64 / series.len() as f64;
                    let tuned = place as f64 / self.configurations.len() as f64;
                    let skill = 0.35 + 0.2 * better + 0.1 * tuned + 0.03 * random.random::<f64>();
                    let place = Place { cell: &cell, seed, network, method, layer, skill };
                    self.series_rows(&mut rows, &place, &mut random);
                }
            }
        }
        rows
    }

    fn series(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let mut series = vec![("baseline", "center-gaussian", "-"), ("baseline", "full-frame", "-")];
        for network in &self.networks {
            for method in &self.methods {
                series.extend(self.layers.iter().map(|layer| (*network, *method, *layer)));
            }
        }
        series
    }

    fn series_rows(&self, rows: &mut Rows, place: &Place<'_>, random: &mut ChaCha8Rng) {
        let images: Vec<ImageRow> = (0..self.images).map(|index| image_row(place, index, random)).collect();
        let accuracies: Vec<f64> = DELTAS
            .iter()
            .enumerate()
            .map(|(at, delta)| {
                let hits = images.iter().filter(|row| row.ious[at] >= *delta).count();
                100.0 * hits as f64 / images.len().max(1) as f64
            })
            .collect();
        let accuracy = accuracies.iter().sum::<f64>() / DELTAS.len() as f64;
        let metrics = [
            ("MaxBoxAccV2", accuracy, "%", Direction::Higher),
            ("MaxBoxAcc", accuracies[1] * 0.95, "%", Direction::Higher),
            ("PxAP", accuracy * 0.8, "%", Direction::Higher),
            ("seconds", 0.004 / place.skill, "s", Direction::Lower),
        ];
        for (metric, value, unit, direction) in metrics {
            let share = value / 100.0;
            let spread = 196.0 * (share * (1.0 - share) / f64::from(self.images.max(1))).sqrt();
            let spread = if unit == "%" { spread } else { value * 0.1 };
            rows.summary.push(SummaryRow {
                experiment: self.experiment.clone(),
                cell: place.cell.into(),
                seed: place.seed,
                network: place.network.into(),
                method: place.method.into(),
                layer: place.layer.into(),
                contrast: "none".into(),
                metric: metric.into(),
                value,
                ci_low: Some(value - spread),
                ci_high: Some(value + spread),
                n: if metric == "PxAP" { self.images / 2 } else { self.images },
                unit: unit.into(),
                direction,
            });
        }
        for kind in [CurveKind::Any, CurveKind::Largest] {
            for (delta, best) in DELTAS.into_iter().zip(&accuracies) {
                let peak = 0.35 + 0.1 * f64::from(delta);
                for level in 0..255 {
                    let distance = f64::from(level) / 255.0 - peak;
                    let best = if kind == CurveKind::Any { *best } else { best * 0.95 };
                    let accuracy = best * (-distance * distance * (4.0 + 8.0 * place.skill)).exp();
                    rows.curves.push(CurveRow {
                        cell: place.cell.into(),
                        seed: place.seed,
                        network: place.network.into(),
                        method: place.method.into(),
                        layer: place.layer.into(),
                        contrast: "none".into(),
                        kind,
                        delta,
                        level,
                        accuracy,
                    });
                }
            }
        }
        rows.images.extend(images);
        for (rank_kind, shift) in [(RankKind::Best, 0), (RankKind::Worst, 5)] {
            for rank in 0..self.cases {
                rows.gallery.push(gallery_row(place, rank_kind, rank, shift + rank));
            }
        }
    }

    fn run(&self) -> Vec<RunRow> {
        vec![
            RunRow::new(RunRow::EXPERIMENT, &self.experiment),
            RunRow::new(RunRow::QUESTION, &self.question),
            RunRow::new(RunRow::TOML, "name = \"methods\"\n\n[data]\nsynthetic = { count = 100 }\n"),
            RunRow::new(RunRow::AS_WRITTEN, "# Is it?\nname = \"methods\"\n"),
            RunRow::new("commit of the experiment", "1594ddb0c2"),
            RunRow::new("dirty", "false"),
            RunRow::new("cpu", "AMD EPYC 9B14, 2 cores"),
            RunRow::new("threads", 2),
            RunRow::new(
                "data digest",
                "blake3:9f2b6c4d8e0a1c3f5b7d9e1f3a5c7e9b1d3f5a7c9e1b3d5f7a9c1e3b5d7f9a1c",
            ),
            RunRow::new("skipped images", 0),
            RunRow::new("wall seconds", 12.5),
            RunRow::new("diff", "+ line\n".repeat(12)),
        ]
    }
}

struct Place<'a> {
    cell: &'a str,
    seed: i64,
    network: &'a str,
    method: &'a str,
    layer: &'a str,
    skill: f64,
}

fn cell_rows(cell: &str, seed: i64, configuration: &str, overrides: &[(String, String)]) -> Vec<CellRow> {
    let row = |key: Option<&String>, value: Option<&String>| CellRow {
        cell: cell.into(),
        seed,
        configuration: configuration.into(),
        key: key.cloned(),
        value: value.cloned(),
    };
    if overrides.is_empty() {
        return vec![row(None, None)];
    }
    overrides.iter().map(|(key, value)| row(Some(key), Some(value))).collect()
}

fn image_row(place: &Place<'_>, index: u32, random: &mut ChaCha8Rng) -> ImageRow {
    let network = place.network != "baseline";
    let iou = (place.skill as f32 + 0.7 * (random.random::<f32>() - 0.4)).clamp(0.0, 1.0);
    ImageRow {
        cell: place.cell.into(),
        seed: place.seed,
        network: place.network.into(),
        method: place.method.into(),
        layer: place.layer.into(),
        contrast: "none".into(),
        image: format!("shape-{index:04}"),
        index,
        label: index % 10,
        label_name: "disc".into(),
        target: index % 10,
        predicted: network.then_some(index % 9),
        label_probability: network.then(|| random.random()),
        predicted_probability: network.then_some(0.75),
        label_rank: network.then_some(0),
        height: 64,
        width: 64,
        truth_boxes: vec![10, 12, 40, 44],
        iou_thresholds: DELTAS.to_vec(),
        tau_levels: vec![90, 100, 110],
        boxes: vec![8, 9, 41, 45, 9, 10, 41, 45, 10, 11, 41, 45],
        ious: vec![iou, iou * 0.98, iou * 0.9],
        val_levels: vec![],
        val_boxes: vec![],
        val_ious: vec![],
        largest_box: vec![8, 9, 41, 45],
        largest_iou: iou * 0.9,
        iou_any: (0..255).map(|level| iou * level as f32 / 255.0).collect(),
        iou_largest: vec![0.25; 255],
        auc: index.is_multiple_of(2).then_some(0.8),
        kl: None,
        thresholds: vec![0.0, 0.5, 1.0],
        tpr: vec![1.0, 0.7, 0.0],
        fpr: vec![1.0, 0.2, 0.0],
        seconds: 0.01,
        flag: "none".into(),
        refined_probability: None,
        forwards: Some(1),
    }
}

fn gallery_row(place: &Place<'_>, rank_kind: RankKind, rank: u32, shape: u32) -> GalleryRow {
    let network = place.network != "baseline";
    let (x, y) = (8 + 4 * shape as i32, 10 + 2 * shape as i32);
    let mut data = Vec::new();
    for row in 0..64i32 {
        for column in 0..64i32 {
            let inside = (row - y - 14).pow(2) + (column - x - 14).pow(2) < 196;
            data.extend(if inside { [220, 180, 60] } else { [90 + row as u8, 110, 130 + column as u8] });
        }
    }
    let map = (0..49)
        .map(|cell| {
            let (row, column) = ((cell / 7 * 9) as f32, (cell % 7 * 9) as f32);
            let distance = (row - y as f32 - 14.0).powi(2) + (column - x as f32 - 14.0).powi(2);
            (-distance / (300.0 + 900.0 * place.skill as f32)).exp()
        })
        .collect();
    GalleryRow {
        cell: place.cell.into(),
        seed: place.seed,
        image: format!("shape-{shape:04}"),
        rank_kind,
        rank,
        network: place.network.into(),
        method: place.method.into(),
        layer: place.layer.into(),
        contrast: "none".into(),
        iou: if rank_kind == RankKind::Best { 0.91 } else { 0.12 },
        photo: png(&Rgb { height: 64, width: 64, data }).unwrap(),
        map,
        map_height: 7,
        map_width: 7,
        height: 64,
        width: 64,
        truth_boxes: vec![x, y, x + 28, y + 28],
        boxes: vec![x - 4, y + 2, x + 25, y + 30],
        label_name: "disc".into(),
        predicted_name: network.then(|| "disc".into()),
        predicted_probability: network.then_some(0.87),
    }
}
