use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::{external_maps, instructions, stored_classes, weights};
use camlab_config::{Experiment, External, SupervisedSets};
use camlab_data::{self as data, DatasetSpec, Examined, ImageLabels};
use camlab_fetch::Cache;
use camlab_graph::SharedText;
use camlab_kernel::KernelInstructions;
use camlab_parts::init::PretrainedOptions;
use camlab_plan::{Cell, DatasetFacts, Facts, SharedImages};
use camlab_stage::{InstructionNames, StageError};
use camlab_store::KnownSums;
use camlab_store::Store;

/// Collects the facts of every data set and checkpoint that the cells name, once each, in parallel. Downloads
/// nothing: for weights named by URL that are not in the cache, the declared sha256 is used. A file is hashed once:
/// the store keeps its digest until it changes.
///
/// # Errors
/// The first data set or checkpoint that is missing, cannot be read or has another sha256 than declared, with a
/// remedy.
pub fn gather(cells: &[Cell], cache: &Cache, store: &Store) -> Result<Facts, StageError> {
    if let Some(cell) = cells.first() {
        instructions::pin(&cell.experiment.run)?;
    }
    let networks: Vec<PretrainedOptions> = distinct(cells).flat_map(network_files).collect();
    let mut sets: BTreeMap<String, DatasetSpec> = BTreeMap::new();
    let mut files: BTreeMap<&str, &PretrainedOptions> = BTreeMap::new();
    let mut externals: BTreeMap<String, (External, DatasetSpec)> = BTreeMap::new();
    for experiment in distinct(cells) {
        for (_, spec) in experiment.data.sets() {
            sets.entry(Facts::name(spec)).or_insert_with(|| spec.clone());
        }
        for labelled in experiment.chain.iter().filter_map(|chain| chain.cluster.labelled()) {
            if let Some(spec) = experiment.data.labelled(labelled) {
                sets.insert(Facts::name(&spec), spec);
            }
        }
        for (_, one, other) in taught(experiment) {
            for spec in [one, other] {
                sets.entry(Facts::name(&spec)).or_insert(spec);
            }
        }
        for external in &experiment.external {
            let sets = experiment.data.validation().into_iter().chain([&experiment.data.test]);
            for set in sets {
                let key = Facts::external_name(external, set);
                externals.entry(key).or_insert_with(|| (external.clone(), set.clone()));
            }
        }
        for pretrained in checkpoints(experiment) {
            files.entry(pretrained.checkpoint.as_str()).or_insert(pretrained);
        }
        // Of an experiment that is referred to, what its networks are made of.
        for other in experiment.others.all() {
            for (_, spec) in other.experiment.data.sets() {
                sets.entry(Facts::name(spec)).or_insert_with(|| spec.clone());
            }
            for pretrained in checkpoints(&other.experiment) {
                files.entry(pretrained.checkpoint.as_str()).or_insert(pretrained);
            }
        }
    }
    for network in &networks {
        files.entry(network.checkpoint.as_str()).or_insert(network);
    }
    let sums = KnownSums::of(store);
    let (datasets, known) = rayon::join(
        || {
            let looked =
                sets.into_par_iter().map(|(name, spec)| look_at(&spec, &sums).map(|facts| (name, facts)));
            looked.collect::<Result<BTreeMap<_, _>, StageError>>()
        },
        || {
            let look = |(name, options): (&str, &PretrainedOptions)| {
                weights::look_at(options, cache, &sums).map(|facts| (name.to_owned(), facts))
            };
            files.into_par_iter().map(look).collect::<Result<BTreeMap<_, _>, StageError>>()
        },
    );
    let (mut datasets, known) = (datasets?, known?);
    stored_classes::adopt(distinct(cells), &mut datasets, &known, &sums, |spec| look_at(spec, &sums))?;
    let name = |instructions: KernelInstructions| SharedText::from(instructions.to_string());
    let facts = Facts {
        overlaps: overlaps(cells, &datasets, &sums)?,
        datasets,
        checkpoints: known,
        externals: externals
            .into_iter()
            .map(|(key, (external, set))| Ok((key, external_maps::look_at(&external, &set, &sums)?)))
            .collect::<Result<_, StageError>>()?,
        instructions: InstructionNames {
            f32: name(KernelInstructions::f32()),
            bf16: KernelInstructions::bf16().map(name),
        },
        folder: std::env::current_dir().unwrap_or_default(),
    };
    let others = || distinct(cells).flat_map(|own| own.others.all()).map(|other| &*other.experiment);
    for options in distinct(cells).chain(others()).flat_map(checkpoints).chain(&networks) {
        if let Some(known) = facts.checkpoints.get(options.checkpoint.as_str()) {
            weights::same_sum(options, known)?;
        }
    }
    Ok(facts)
}

/// The experiments of the cells without those whose data, networks and chains are those of the cell before.
fn distinct(cells: &[Cell]) -> impl Iterator<Item = &Experiment> {
    let mut last: Option<&Experiment> = None;
    let experiments = cells.iter().map(|cell| &*cell.experiment);
    experiments.filter(move |experiment| {
        let same = last.is_some_and(|last| {
            last.data == experiment.data
                && last.backbone == experiment.backbone
                && last.init == experiment.init
                && last.fusion == experiment.fusion
                && last.chain == experiment.chain
                && last.external == experiment.external
                && last.supervised == experiment.supervised
        });
        last = Some(experiment);
        !same
    })
}

/// Pairs of data sets that supervised localisers must not have images in common with, by position of the `[[supervised]]`:
/// their training images, and those that choose thresholds or evaluate.
pub(super) fn taught(experiment: &Experiment) -> Vec<(usize, DatasetSpec, DatasetSpec)> {
    let mut pairs = Vec::new();
    for (place, supervised) in experiment.supervised.iter().enumerate() {
        let Some(SupervisedSets { train, choosing }) = supervised.sets(&experiment.data) else { continue };
        pairs.push((place, train.clone(), experiment.data.test.clone()));
        pairs.extend(choosing.map(|choosing| (place, train, choosing)));
    }
    pairs
}

/// All checkpoint files that an experiment names, for initialisations and for students of distillations.
fn checkpoints(experiment: &Experiment) -> impl Iterator<Item = &PretrainedOptions> {
    let all = experiment.pretrained().into_iter().map(|(_, options)| options);
    all.filter(|options| options.reference().is_none())
}

/// The files that hold the layers of an experiment's networks, and of those that it refers to.
fn network_files(experiment: &Experiment) -> Vec<PretrainedOptions> {
    let others = experiment.others.all().into_iter().map(|other| &*other.experiment);
    let files = std::iter::once(experiment).chain(others).filter_map(|experiment| experiment.backbone.file());
    files
        .map(|(file, sha256)| PretrainedOptions {
            checkpoint: file.clone(),
            sha256: sha256.cloned(),
            ..PretrainedOptions::default()
        })
        .collect()
}

/// The training images of the experiments that one refers to: they must not be among its test images.
fn pretraining(experiment: &Experiment) -> Vec<&DatasetSpec> {
    let others = experiment.others.all().into_iter();
    others.filter_map(|other| other.experiment.data.train.as_ref()).collect()
}

fn look_at(spec: &DatasetSpec, sums: &KnownSums) -> Result<DatasetFacts, StageError> {
    let named =
        |error: data::DatasetError| StageError::Input(format!("data set `{}`: {error}", spec.layout()));
    let set = data::open(spec).map_err(named)?;
    let Examined { digest, remarks } = examined(&*set, sums).map_err(named)?;
    let spec = Arc::new(spec.clone());
    Ok(DatasetFacts {
        written: Arc::clone(&spec),
        spec,
        digest: digest.into(),
        remarks,
        classes: set.classes().to_vec(),
        images: set.len(),
        several: ImageLabels::of(&*set).map(Arc::new),
        boxes: set.has_boxes(),
        masks: set.has_masks(),
        labels: set.has_labels(),
    })
}

/// Results of reading the files of a data set, cached by their stamps.
pub(super) fn examined(set: &dyn data::Dataset, sums: &KnownSums) -> Result<Examined, data::DatasetError> {
    let Some(stamp) = set.stamp(sums.now) else { return set.examine() };
    let key = format!("examined {} {stamp}", data::CHECKS);
    if let Some(known) = sums.recorded(&key).and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(known);
    }
    let found = set.examine()?;
    sums.record(&key, &serde_json::to_string(&found).unwrap_or_default());
    Ok(found)
}

/// Number of common images that are named.
const NAMED: usize = 3;

/// The images that two splits of an experiment have in common; found once for two contents.
fn overlaps(
    cells: &[Cell],
    datasets: &BTreeMap<String, DatasetFacts>,
    sums: &KnownSums,
) -> Result<BTreeMap<(SharedText, SharedText), SharedImages>, StageError> {
    let mut found = BTreeMap::new();
    for experiment in distinct(cells) {
        let sets: Vec<&DatasetSpec> = experiment.data.sets().map(|(_, spec)| spec).collect();
        let pairs = sets.iter().enumerate().flat_map(|(place, one)| {
            sets[place + 1..].iter().map(|other| (Facts::name(one), Facts::name(other)))
        });
        let taught = taught(experiment).into_iter();
        let taught = taught.map(|(_, one, other)| (Facts::name(&one), Facts::name(&other)));
        let trained = pretraining(experiment).into_iter();
        let trained = trained.map(|one| (Facts::name(one), Facts::name(&experiment.data.test)));
        for (one, other) in pairs.chain(taught).chain(trained) {
            let (Some(one), Some(other)) = (datasets.get(&one), datasets.get(&other)) else { continue };
            let key = (one.digest.clone(), other.digest.clone());
            if found.contains_key(&key) {
                continue;
            }
            let images = shared(&one.spec, &other.spec, &key, sums)?;
            found.insert(key, images);
        }
    }
    Ok(found)
}

/// The images of `one` whose content `other` has as well. Images that cannot be read have nothing in common.
fn shared(
    one: &DatasetSpec,
    other: &DatasetSpec,
    digests: &(SharedText, SharedText),
    sums: &KnownSums,
) -> Result<SharedImages, StageError> {
    let key = format!("overlap {} {}", digests.0, digests.1);
    if let Some(known) = sums.recorded(&key).and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(known);
    }
    let open = |spec: &DatasetSpec| {
        data::open(spec).map_err(|error| StageError::Input(format!("data set `{}`: {error}", spec.layout())))
    };
    let (one, other) = (open(one)?, open(other)?);
    let found = in_common(&*one, &*other);
    // Sets without files are compared faster than a record is read.
    if one.stamp(sums.now).is_some() && other.stamp(sums.now).is_some() {
        sums.record(&key, &serde_json::to_string(&found).unwrap_or_default());
    }
    Ok(found)
}

/// The images of `one` whose content `other` has as well.
fn in_common(one: &dyn data::Dataset, other: &dyn data::Dataset) -> SharedImages {
    let contents = |set: &dyn data::Dataset| -> Vec<Option<[u8; 32]>> {
        (0..set.len()).into_par_iter().map(|index| set.content(index).ok()).collect()
    };
    let of_other: HashMap<[u8; 32], usize> =
        contents(other).into_iter().enumerate().filter_map(|(index, sum)| Some((sum?, index))).collect();
    let mut found = SharedImages::default();
    let mut last = None;
    for (index, sum) in contents(one).into_iter().enumerate() {
        // An image with several labels counts once.
        if last.replace(one.image(index)) == Some(one.image(index)) {
            continue;
        }
        if let Some(same) = sum.and_then(|sum| of_other.get(&sum)) {
            found.count += 1;
            if found.first.len() < NAMED {
                found.first.push((one.id(index).to_owned(), other.id(*same).to_owned()));
            }
        }
    }
    found
}
