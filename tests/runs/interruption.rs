//! Training that is interrupted: killed at random moments, or saved and taken up behind every step.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::support::backbone;
use camlab::nn::graph::Head;
use camlab::nn::train::{
    AdamOptions, AdlOptions, BatchNormMode, BatchSource, CutMixOptions, DataError, HideAndSeekOptions, Host,
    Interval, Keep, LabelledBatch, Mixed, Optimiser, StageOptions, Trained, Trainer, TrainingMethod,
    TrainingOptions, ValidationOptions,
};
use camlab::nn::{Images, Network};
use camlab::parts::init::InitSpec;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Every kind of state there is: several stages, momentum and moments, an average, a best network, waiting, statistics;
/// and everything that is drawn in training itself: mixing, hiding, dropping.
fn options(checkpoint_every: Interval) -> TrainingOptions {
    let first = StageOptions {
        name: "frozen".into(),
        epochs: Some(2),
        bn: Some(BatchNormMode::Affine),
        optimiser: Some(Optimiser::Adam(AdamOptions::default())),
        lr: Some(1e-3),
        ..Default::default()
    };
    let second = StageOptions {
        name: "free".into(),
        epochs: Some(3),
        method: Some(TrainingMethod::Adl(AdlOptions::default())),
        mixup: Some(0.4),
        ..Default::default()
    };
    let cut = CutMixOptions { probability: 0.7, ..Default::default() };
    let third = StageOptions {
        name: "cut".into(),
        epochs: Some(2),
        method: Some(TrainingMethod::CutMix(cut)),
        mixup: Some(1.0),
        ..Default::default()
    };
    let fourth = StageOptions {
        name: "hidden".into(),
        epochs: Some(1),
        method: Some(TrainingMethod::HideAndSeek(HideAndSeekOptions::default())),
        ..Default::default()
    };
    TrainingOptions {
        lr: 0.05,
        ema: 0.9,
        validation: Some(ValidationOptions { patience: Some(2), ..Default::default() }),
        keep: Keep::Best,
        clip_norm: 2.0,
        checkpoint_every,
        stage: vec![first, second, third, fourth],
        ..Default::default()
    }
}

/// Images that depend on epoch and place alone.
fn batch(epoch: usize, place: usize) -> LabelledBatch {
    let mut random = ChaCha8Rng::seed_from_u64((epoch * 100 + place) as u64);
    let labels: Vec<usize> = (0..6).map(|_| random.random_range(0..4)).collect();
    let pixels: Vec<f32> = labels
        .iter()
        .flat_map(|label| (0..768).map(|i| if i % 4 == *label { 1.0 } else { 0.0 }).collect::<Vec<f32>>())
        .map(|value| value + random.random_range(-0.5..0.5))
        .collect();
    let images = Images { pixels: Arc::new(pixels), count: 6, height: 16, width: 16 };
    let mixed = (place == 1).then(|| Mixed { labels: labels.iter().rev().copied().collect(), share: 0.7 });
    LabelledBatch { mixed, ..LabelledBatch::new(images, labels) }
}

#[derive(Default)]
struct World {
    saved: Vec<Vec<u8>>,
}

impl Host for World {
    fn batches(&mut self, epoch: usize, from: usize) -> Result<BatchSource, DataError> {
        Ok(Box::new((from..4).map(move |place| Ok(batch(epoch, place)))))
    }

    fn held_back(&mut self) -> Result<BatchSource, DataError> {
        Ok(Box::new((0..2).map(|place| Ok(batch(99, place)))))
    }

    fn save(&mut self, state: Vec<u8>) -> Result<(), DataError> {
        self.saved.push(state);
        Ok(())
    }
}

fn fresh() -> Network {
    let quick = "{ resnet = { depths = [1, 1], widths = [8, 16], stem = \"small-stride-2\" } }";
    let graph = backbone(quick).build(4).expect("a buildable backbone").with_head(Head::Affine);
    let mut network = Network::new(graph);
    InitSpec::KaimingNormal(Default::default()).apply(&mut network, 5).expect("an initialisation");
    network
}

/// Result of a run without its times: the network, and every other weight and row.
fn outcome(network: Network, trained: Trained) -> (Vec<Arc<Vec<f32>>>, String) {
    let mut trained = trained;
    trained.epochs.iter_mut().for_each(|row| row.seconds = 0.0);
    trained.steps.iter_mut().for_each(|row| row.seconds = 0.0);
    (network.values().to_vec(), format!("{trained:?}"))
}

#[test]
fn a_run_taken_up_behind_any_step_or_epoch_ends_as_one_that_was_not_interrupted() {
    for interval in [Interval::Steps(1), Interval::Epochs(1)] {
        let options = options(interval);
        let mut world = World::default();
        let mut network = fresh();
        let trained = Trainer::new(&mut network, &options, 4).unwrap().seeded(6).run(&mut world).unwrap();
        assert!(trained.best.as_ref().is_some_and(|best| *best == network.values()));
        assert!(world.saved.len() >= 4, "{}", world.saved.len());
        let wanted = outcome(network, trained);
        for state in &world.saved {
            let mut network = fresh();
            let mut trainer = Trainer::new(&mut network, &options, 4).unwrap().seeded(6);
            trainer.resume(state).unwrap();
            let trained = trainer.run(&mut World::default()).unwrap();
            assert!(outcome(network, trained) == wanted, "differs after a run was taken up");
        }
    }
}

#[test]
fn neither_threads_nor_anything_but_the_seed_change_a_bit() {
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let options = options(Interval::Steps(100));
            let mut network = fresh();
            let trainer = Trainer::new(&mut network, &options, 4).unwrap().seeded(seed);
            let trained = trainer.run(&mut World::default()).unwrap();
            outcome(network, trained)
        })
    };
    let one = on(1, 6);
    assert!(one == on(2, 6));
    assert!(one == on(3, 6));
    assert!(one != on(1, 7));
}

#[test]
fn a_damaged_state_is_refused() {
    let options = options(Interval::Steps(3));
    let (mut world, mut network) = (World::default(), fresh());
    Trainer::new(&mut network, &options, 4).unwrap().run(&mut world).unwrap();
    let whole = &world.saved[2];
    for cut in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        let mut network = fresh();
        let mut trainer = Trainer::new(&mut network, &options, 4).unwrap();
        let error = trainer.resume(&whole[..cut]).unwrap_err().to_string();
        assert!(error.starts_with("the saved training state cannot be used: "), "{error}");
    }
    // Of another network.
    let mut other = Network::new(backbone("\"resnet18\"").build(4).unwrap());
    assert!(Trainer::new(&mut other, &options, 4).unwrap().resume(whole).is_err());
}

/// Stages, every kind of state, everything that is drawn, and a state saved behind every other step.
const STAGES: &str = r#"
name = "tiny"
target = "label"
head = "affine"

[backbone.resnet]
stem = "small-stride-2"
block = "basic"
depths = [1, 1]
widths = [8, 16]

[data]
train = { synthetic = { split = "train", images = 96, size = 32, classes = 3 } }
test = { synthetic = { split = "test", images = 6, size = 32, classes = 3 } }
input = { size = 32, normalise = "imagenet" }
augment = { flip = true, random-resized-crop = { scale = [0.5, 1.0] }, color-jitter = { brightness = 0.3, hue = 0.1 } }
stage-augment = { cut = { flip = true, crop-padding = 2 } }

[[init]]
name = "kaiming"
scheme = "kaiming-normal"

[training]
batch = 8
ema = 0.95
validation = { fraction = 0.2 }
keep = "best"
checkpoint-every = { steps = 2 }

[[training.stage]]
name = "frozen"
epochs = 10
bn = "affine"
optimiser = "adamw"
lr = 0.002

[[training.stage]]
name = "free"
epochs = 20
lr = 0.02
method = "adl"
mixup = 0.4

[[training.stage]]
name = "cut"
epochs = 10
method = { cutmix = { probability = 0.5 } }

[[training.stage]]
name = "hidden"
epochs = 10
method = "hide-and-seek"

[[maps]]
methods = ["cam"]
layers = ["layer2"]

[evaluation]
bootstrap = 10
"#;

fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tiny.toml"), STAGES).unwrap();
    folder
}

fn run(folder: &Path, jobs: usize) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_camlab"));
    command.args(["run", "tiny.toml", "--jobs", &jobs.to_string()]).current_dir(folder);
    command.env_remove("CAMLAB_STORE").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The weights that a store holds: those to keep, the last and the best.
fn weights(folder: &Path) -> Vec<Vec<u8>> {
    let artefacts: Vec<PathBuf> = walkdir::WalkDir::new(folder.join(".camlab/store/train"))
        .max_depth(1)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.join("manifest.json").is_file())
        .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect();
    assert_eq!(artefacts.len(), 1, "{artefacts:?}");
    ["network", "last", "best"]
        .map(|name| std::fs::read(artefacts[0].join(format!("{name}.safetensors"))).unwrap())
        .to_vec()
}

#[test]
fn twenty_kills_at_random_moments_change_no_bit() {
    let whole = written();
    assert!(run(whole.path(), 1).status().unwrap().success());
    let wanted = weights(whole.path());
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let (mut kills, mut resumed) = (0, 0);
    let mut killed = written();
    while kills < 20 {
        // On one thread and on two, in turns.
        let mut child = run(killed.path(), 1 + kills % 2).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random.random_range(20..500)));
        let over = child.try_wait().unwrap();
        if over.is_some_and(|status| status.success()) {
            assert!(weights(killed.path()) == wanted, "differs after {kills} kills");
            killed = written();
            continue;
        }
        assert!(over.is_none(), "failed after {kills} kills: {over:?}");
        // SIGKILL: nothing is told, nothing can be cleared up.
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let states = walkdir::WalkDir::new(killed.path().join(".camlab/store/train"));
        let saved = |name: &std::ffi::OsStr| name == "state.safetensors";
        resumed += usize::from(states.into_iter().flatten().any(|entry| saved(entry.file_name())));
    }
    assert!(run(killed.path(), 2).status().unwrap().success());
    assert!(weights(killed.path()) == wanted, "differs after {kills} kills");
    assert!(resumed >= 5, "only {resumed} of {kills} kills fell into training");
    let left =
        walkdir::WalkDir::new(killed.path().join(".camlab/store/train")).max_depth(1).into_iter().flatten();
    assert!(!left.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(".working")));
}
