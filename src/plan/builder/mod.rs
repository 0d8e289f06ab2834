//! Derives the stages from the cells.

mod altered;
mod analyses;
mod chains;
mod evaluated;
mod evaluations;
mod externals;
mod maps;
mod networks;
mod repeats;
mod similarity;
mod supervised;
mod thresholds;
mod wiring;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::plan::{Plan, PlannedNetwork, Shown};
use super::{Cell, Facts};
use camlab_config::Target;
use camlab_data::DatasetSpec;
use camlab_frame::{NameValue, Names};
use camlab_graph::{SharedText, Stage, StageOptions, StageRef, StageSpec, Stages};
use camlab_stage::map_source::MapOrigin;
use camlab_stage::passes::MapPasses;
use camlab_stage::{TestImages, Work, WorkOptions};

pub(super) use evaluations::baselines;
use repeats::PlannedCells;
use thresholds::ChoosingImages;
use wiring::{NetworkOfCell, Wiring};

impl Plan {
    /// Plans the stages of some cells.
    ///
    /// # Errors
    /// A message naming the data set or checkpoint whose facts were not collected, or the missing option.
    pub fn new(cells: Vec<Cell>, facts: &Facts) -> Result<Self, String> {
        let mut builder = Builder {
            facts,
            stages: Stages::default(),
            shown: Vec::new(),
            networks: Vec::new(),
            planned: PlannedCells::default(),
            options: HashMap::new(),
        };
        for (index, cell) in cells.iter().enumerate() {
            let images = test_images(cell);
            let id = cell.id.as_str().into();
            let at = At::new(index, cell, &id, &images);
            if builder.repeated(at) {
                continue;
            }
            let before = (builder.shown.len(), builder.networks.len());
            builder.cell(at)?;
            builder.planned.add(at, before.0..builder.shown.len(), before.1..builder.networks.len());
        }
        let Builder { stages, shown, networks, .. } = builder;
        Ok(Self { cells, stages, shown, networks })
    }
}

struct Builder<'a> {
    facts: &'a Facts,
    stages: Stages,
    shown: Vec<Shown>,
    networks: Vec<PlannedNetwork>,
    planned: PlannedCells,
    /// The options of all stages by their kind and the hash of the work.
    options: HashMap<(&'static str, blake3::Hash), WorkOptions>,
}

/// The cell that is being planned.
#[derive(Clone, Copy)]
struct At<'a> {
    index: usize,
    cell: &'a Cell,
    /// Its name.
    id: &'a SharedText,
    /// The images that maps are made for.
    images: &'a TestImages,
    /// Their data set.
    set: &'a DatasetSpec,
    /// The word for them in messages; empty for the test images.
    split: &'static str,
    /// `true` if a report shows what is computed on them.
    shows: bool,
    /// `true` for images whose labels a clustering reads, which are none of the test images.
    labelled: bool,
}

/// The images that a cell makes maps for.
fn test_images(cell: &Cell) -> TestImages {
    let data = &cell.experiment.data;
    TestImages {
        input: data.input.clone(),
        on_bad_image: data.on_bad_image,
        sample: data.sample.clone(),
        range: None,
        drawn: cell.rung.as_ref().and_then(|rung| rung.images),
    }
}

impl<'a> At<'a> {
    /// A cell at its position in the plan.
    fn new(index: usize, cell: &'a Cell, id: &'a SharedText, images: &'a TestImages) -> Self {
        let set = &cell.experiment.data.test;
        Self { index, cell, id, images, set, split: "", shows: true, labelled: false }
    }

    /// The class that maps are made for.
    fn target(&self) -> Target {
        if self.labelled { Target::default() } else { self.cell.experiment.target.clone() }
    }

    /// `true` if a stage with this target may read the labels.
    fn reads_labels(&self, target: &Target) -> bool {
        self.labelled || maps::reads_labels(&self.cell.experiment, target)
    }

    /// The columns that every row of the cell has.
    fn names(&self) -> Names {
        let names = Names::default().with("cell", self.cell.id.as_str());
        names.with("seed", NameValue::Whole(self.cell.seed as i64))
    }
}

/// Maps of one network by one method.
#[derive(Clone)]
struct PlannedMaps {
    stage: usize,
    /// The method's name in tables.
    method: String,
    layer: String,
    /// The passes that make them; `None` for derived maps.
    passes: Option<MapPasses>,
    /// Their network; `None` for those of an ensemble, and external ones that no network classifies.
    network: Option<NetworkOfCell>,
    /// `true` if their values are not scaled by each map's own.
    keeps_range: bool,
    /// `true` for maps of another program, and of a supervised head: their network predicts classes, but made no map.
    is_external: bool,
}

/// Unchanged maps that the cell shows.
struct ShownMaps {
    network: String,
    method: String,
    layer: String,
    origin: MapOrigin,
    /// The stage that makes them; `None` for a baseline.
    stage: Option<usize>,
    passes: Option<MapPasses>,
    planned: Option<NetworkOfCell>,
    /// `true` if their values are not scaled by each map's own.
    keeps_range: bool,
}

impl ShownMaps {
    fn new(network: &str, maps: &PlannedMaps) -> Self {
        Self {
            network: network.to_owned(),
            method: maps.method.clone(),
            layer: maps.layer.clone(),
            origin: MapOrigin::Stage,
            stage: Some(maps.stage),
            passes: maps.passes.clone(),
            planned: maps.network.clone(),
            keeps_range: maps.keeps_range,
        }
    }

    fn baseline(method: &str, origin: MapOrigin) -> Self {
        Self {
            network: super::BASELINE.to_owned(),
            method: method.to_owned(),
            layer: "-".to_owned(),
            origin,
            stage: None,
            passes: None,
            planned: None,
            keeps_range: false,
        }
    }
}

impl Builder<'_> {
    /// Shows in a cell what an earlier one with the same stages shows; `false` if there is none.
    fn repeated(&mut self, at: At<'_>) -> bool {
        let Some(known) = self.planned.like(at) else { return false };
        let id: Arc<str> = at.id.as_str().into();
        for index in known.shown.clone() {
            let mut shown = self.shown[index].clone();
            shown.cell = at.index;
            shown.names.set("cell", Arc::clone(&id));
            self.shown.push(shown);
        }
        for index in known.networks.clone() {
            self.networks.push(PlannedNetwork { cell: at.index, ..self.networks[index].clone() });
        }
        true
    }

    fn cell(&mut self, at: At<'_>) -> Result<(), String> {
        let experiment = &at.cell.experiment;
        let val = thresholds::validation(at);
        let choosing = self.choosing(at, val.as_ref())?;
        let mut shown = Vec::new();
        let mut known: Vec<(&str, NetworkOfCell)> = Vec::new();
        for (init, spec) in experiment.init.iter().enumerate() {
            let network = self.init(at, init)?;
            self.known(at, &network, &spec.name, &choosing, &mut shown)?;
            known.push((&spec.name, network));
        }
        for (fusion, spec) in experiment.fusion.iter().enumerate() {
            let mut members = Vec::new();
            for name in spec.members(&experiment.init) {
                let found = known.iter().find(|(known, _)| *known == name);
                members.push(found.cloned().ok_or_else(|| {
                    format!("member `{name}` of fusion `{}` is not a network defined before it", spec.name)
                })?);
            }
            if spec.method.ensemble().is_some() {
                let wanted = maps::wanted(at.cell, &spec.name);
                let maps = self.ensembles(at, fusion, &members, &wanted)?;
                let elsewhere = self.choosing_ensembles(&choosing, fusion, &members, &wanted)?;
                self.evaluations(at, &spec.name, &maps, &elsewhere, &mut shown)?;
                continue;
            }
            let network = self.fusion(at, fusion, &members)?;
            self.known(at, &network, &spec.name, &choosing, &mut shown)?;
            known.push((&spec.name, network));
        }
        self.externals(at, &known, &choosing, &mut shown)?;
        self.supervised(at, &known, &mut shown)?;
        self.baselines(at, &choosing, &mut shown)?;
        self.similarities(at, &shown)?;
        self.comparisons(at, &shown)
    }

    /// Plans all maps and analyses of one network.
    fn known(
        &mut self,
        at: At<'_>,
        network: &NetworkOfCell,
        name: &str,
        choosing: &[ChoosingImages<'_>],
        shown: &mut Vec<ShownMaps>,
    ) -> Result<(), String> {
        let wanted = &maps::wanted(at.cell, name)[..];
        let maps = wanted.iter().map(|map| self.passes(at, network, name, map));
        let maps = maps.collect::<Result<Vec<_>, _>>()?;
        let elsewhere = self.choosing_maps(choosing, network, name, Some(wanted))?;
        self.evaluations(at, name, &maps, &elsewhere, shown)?;
        let chains = self.chains(at, network, name)?;
        let elsewhere = self.choosing_maps(choosing, network, name, None)?;
        self.evaluations(at, name, &chains, &elsewhere, shown)?;
        self.analyse(at, network, name, wanted)?;
        let wiring = Wiring::new(self.facts, at, name.to_owned());
        let Wiring { inputs, hints, .. } = wiring.network("network", network, &self.stages);
        let params = StageOptions::new(&serde_json::Value::Null);
        let reader = Stage::new(
            StageSpec {
                kind: SharedText::of_static("network"),
                version: 0,
                params,
                inputs,
                instructions: None,
            },
            hints,
        );
        let (cell, name, source) = (at.index, name.into(), Arc::new(network.source.clone()));
        self.networks.push(PlannedNetwork { cell, name, source, reader: Arc::new(reader) });
        Ok(())
    }

    /// Index of the stage of some work, added if no cell has asked for it yet.
    fn add<W: Work>(&mut self, work: &W, wiring: Wiring<'_>) -> usize {
        let Wiring { inputs, hints, .. } = wiring;
        // Most stages of a sweep differ from another one in their inputs alone.
        let written = blake3::hash(&serde_json::to_vec(work).unwrap_or_default());
        let options = self.options.entry((W::KIND, written)).or_insert_with(|| WorkOptions::of(work));
        self.stages.add(options.stage::<W>(inputs, hints, &self.facts.instructions))
    }

    /// The stage that some work would be, not added.
    fn place<W: Work>(&self, work: &W, wiring: &Wiring<'_>) -> StageRef {
        let (inputs, hints) = (wiring.inputs.clone(), wiring.hints.clone());
        WorkOptions::of(work).stage::<W>(inputs, hints, &self.facts.instructions).place()
    }

    /// Shows an artefact in the cell's report.
    fn show(&mut self, at: At<'_>, stage: usize, names: Names) -> &mut Shown {
        let (parts, beside, quantities) = (Arc::default(), BTreeMap::new(), Vec::new());
        self.shown.push(Shown { cell: at.index, stage, names, parts, beside, quantities });
        let last = self.shown.len() - 1;
        &mut self.shown[last]
    }
}
