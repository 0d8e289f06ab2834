//! All passes and maps of a batch of images, summed over augmented versions of the images and over target classes.

use std::time::Instant;

use rayon::prelude::*;

use super::augment::Version;
use super::compute::ComputeOptions;
use super::forward_pass::{Captured, ForwardPass};
use super::frozen::Frozen;
use super::join;
use super::make::View;
use super::refine::{PixelRange, Refined, ascend};
use super::request::{Request, Taps};
use super::target::Pick;
use camlab_config::{MapOptions, Refine};
use camlab_engine::{Memo, MemoBudget, PassCount};
use camlab_nn::graph::NodeId;
use camlab_nn::{Activation, Images, Network};
use camlab_parts::cam::Needs;
use camlab_raster::{Flag, Interpolation, Map};

/// Memory limit of all memos of one batch, bytes.
const MEMOS: usize = 256 << 20;

/// Requests that share network, images, target and augmentation, and the engines for them.
pub struct Session {
    requests: Vec<Request>,
    taps: Taps,
    frozen: Frozen,
    refine: Option<Refine>,
    range: Option<PixelRange>,
    versions: Vec<Version>,
    interpolation: Interpolation,
}

/// One request's map of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageMap {
    /// On the layer's grid, or at the input's size where several maps were combined. All values are finite.
    pub map: Map,
    /// Degenerate content of the map before NaN was replaced by 0.
    pub flag: Flag,
    /// The image's share of the batch's passes plus the method's own time, seconds.
    pub seconds: f64,
    /// Number of forward passes that the map needed; passes shared with other maps count in full.
    pub forwards: u64,
}

/// Logits, target classes and maps of a batch.
pub struct BatchOutput {
    /// `[images, classes]`, of the images before any correction.
    pub logits: Vec<f32>,
    /// The target class of each image's maps; the first of several.
    pub targets: Vec<usize>,
    /// Logits of the corrected images (`refine`), for the first target class: `[images, classes]`.
    pub refined: Option<Vec<f32>>,
    /// Indexed by request, then image.
    pub maps: Vec<Vec<ImageMap>>,
}

/// Partial sum of one image's map over versions and classes.
#[derive(Default)]
struct Sum {
    map: Option<Map>,
    nan: bool,
    seconds: f64,
    forwards: u64,
}

impl Session {
    /// Compiles the engines that the requests need; all of them share the augmentation and the refinement of `look`.
    ///
    /// # Errors
    /// A precision or a size that the network or the machine does not support, a layer that it cannot be cut at.
    pub fn new(
        network: &Network,
        requests: Vec<Request>,
        look: &MapOptions,
        numbers: ComputeOptions,
        interpolation: Interpolation,
    ) -> anyhow::Result<Self> {
        let taps = Taps::new(&requests);
        let frozen = Frozen::new(network, &requests, &taps, numbers)?;
        let versions = Version::all(look.aug_smooth);
        Ok(Self { requests, taps, frozen, refine: look.refine, range: None, versions, interpolation })
    }

    /// Keeps the pixels of corrected images (`refine`) within the smallest and the largest input value of each channel,
    /// unless the correction says otherwise.
    #[must_use]
    pub fn within(self, range: PixelRange) -> Self {
        let clamps = self.refine.is_some_and(|refine| refine.clamp);
        Self { range: clamps.then_some(range), ..self }
    }

    /// Logits (`[images, classes]`) and the activations of the earliest requested layer; needs no target class.
    ///
    /// # Errors
    /// Images of another size or channel count than the network's.
    pub fn features(&self, images: &Images) -> anyhow::Result<(Vec<f32>, Activation)> {
        let pass = ForwardPass::new(&self.frozen, images.clone(), &self.taps)?;
        Ok((pass.logits()?.to_vec(), pass.earliest()?))
    }

    /// Computes the maps of a batch. `choose` receives the logits (`[images, classes]`) and returns the target
    /// classes of every image, the same number for each.
    ///
    /// # Errors
    /// Images or classes that do not fit the network, logits that are not finite, a failing pass.
    pub fn maps(
        &self,
        images: &Images,
        choose: impl FnOnce(&[f32]) -> Vec<Vec<Pick>>,
    ) -> anyhow::Result<BatchOutput> {
        let mut picks = Vec::new();
        let pass = ForwardPass::new(&self.frozen, images.clone(), &self.taps)?;
        let seen = pass.seen(true, |logits| {
            picks = choose(logits);
            classes(&picks, 0)
        })?;
        let ranks = picks.first().map_or(0, Vec::len);
        let sums = vec![self.sums(images.count)];
        let step = &mut || Ok(());
        let mut passes = BatchPasses { session: self, picks: &picks, sums, shared: 1, step };
        let (logits, targets) = (seen.logits().to_vec(), classes(&picks, 0));
        let mut refined = None;
        match &self.refine {
            None => passes.versions(images, 0..ranks, Some((pass, seen)))?,
            Some(refine) => {
                for rank in 0..ranks {
                    let started = Instant::now();
                    let found = self.ascend(images, &classes(&picks, rank), refine)?;
                    let seconds = started.elapsed().as_secs_f64() / images.count.max(1) as f64;
                    passes.sums.iter_mut().flatten().flatten().for_each(|sum| sum.seconds += seconds);
                    passes.shared += found.passes as u64;
                    refined.get_or_insert(found.logits);
                    passes.versions(&found.images, rank..rank + 1, None)?;
                }
            }
        }
        let maps = passes.finish()?.remove(0);
        Ok(BatchOutput { logits, targets, refined, maps })
    }

    /// The maps of several classes of every image, not averaged: `wanted` are the classes by image, the same number
    /// for each. Indexed by the class's position, then request, then image. Passes that do not depend on the class
    /// run once. `step` is called before each class; an error of it ends the passes.
    ///
    /// # Errors
    /// As [`Session::maps`].
    pub fn class_maps(
        &self,
        images: &Images,
        wanted: &[Vec<usize>],
        step: &mut dyn FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<Vec<Vec<ImageMap>>>> {
        let one = |class: &usize| Pick { class: *class, weight: 1.0 };
        let picks: Vec<Vec<Pick>> = wanted.iter().map(|classes| classes.iter().map(one).collect()).collect();
        let ranks = picks.first().map_or(0, Vec::len);
        let sums = (0..ranks).map(|_| self.sums(images.count)).collect();
        let mut passes = BatchPasses { session: self, picks: &picks, sums, shared: 0, step };
        match &self.refine {
            None => passes.versions(images, 0..ranks, None)?,
            Some(refine) => {
                for rank in 0..ranks {
                    let found = self.ascend(images, &classes(&picks, rank), refine)?;
                    passes.versions(&found.images, rank..rank + 1, None)?;
                }
            }
        }
        passes.finish()
    }

    fn ascend(&self, images: &Images, classes: &[usize], refine: &Refine) -> anyhow::Result<Refined> {
        ascend(&self.frozen.network, images, classes, refine, self.range)
    }

    fn sums(&self, images: usize) -> Vec<Vec<Sum>> {
        self.requests.iter().map(|_| (0..images).map(|_| Sum::default()).collect()).collect()
    }
}

/// The target class at position `rank` of every image.
fn classes(picks: &[Vec<Pick>], rank: usize) -> Vec<usize> {
    picks.iter().filter_map(|picks| picks.get(rank)).map(|pick| pick.class).collect()
}

/// State of the passes over one batch.
struct BatchPasses<'a> {
    session: &'a Session,
    picks: &'a [Vec<Pick>],
    /// By request and image: one such table per rank, or a single one if the maps of all ranks are averaged.
    sums: Vec<Vec<Vec<Sum>>>,
    /// Number of passes that all maps of the batch share.
    shared: u64,
    /// Called before the maps of each rank.
    step: &'a mut dyn FnMut() -> anyhow::Result<()>,
}

impl BatchPasses<'_> {
    /// The maps, by the tables of `sums`.
    fn finish(self) -> anyhow::Result<Vec<Vec<Vec<ImageMap>>>> {
        let Self { sums, shared, .. } = self;
        let of_request = |sums: Vec<Sum>| sums.into_iter().map(|sum| sum.finish(shared)).collect();
        sums.into_iter().map(|requests| requests.into_iter().map(of_request).collect()).collect()
    }

    /// Adds every version of `images` for some ranks of classes; `known` are the passes of the first version and
    /// rank, if they have already run.
    fn versions(
        &mut self,
        images: &Images,
        ranks: std::ops::Range<usize>,
        mut known: Option<(ForwardPass<'_>, Captured)>,
    ) -> anyhow::Result<()> {
        let budget = MemoBudget::new(MEMOS);
        for version in &self.session.versions {
            // The additional passes of a method are the same for every class, so their results are reused.
            let memos = (ranks.len() > 1).then(|| self.memos(&budget));
            let (pass, mut seen) = match known.take() {
                Some((pass, seen)) => (pass, Some(seen)),
                None => {
                    self.shared += 1;
                    let changed = version.apply(images);
                    (ForwardPass::new(&self.session.frozen, changed, &self.session.taps)?, None)
                }
            };
            for rank in ranks.clone() {
                (self.step)()?;
                let seen = match seen.take() {
                    Some(seen) => seen,
                    None => pass.seen(rank == ranks.start, |_| classes(self.picks, rank))?,
                };
                self.add(&seen, rank, *version, memos.as_ref())?;
            }
        }
        Ok(())
    }

    /// Indexed by request, image and layer.
    fn memos<'b>(&self, budget: &'b MemoBudget) -> Vec<Vec<Vec<Memo<'b>>>> {
        let of_image =
            |request: &Request| request.nodes.iter().map(|_| Memo::new(budget)).collect::<Vec<_>>();
        let of = |request: &Request| self.picks.iter().map(|_| of_image(request)).collect::<Vec<_>>();
        self.session.requests.iter().map(of).collect()
    }

    /// Adds the maps of one version and one rank to the sums.
    fn add(
        &mut self,
        seen: &Captured,
        rank: usize,
        version: Version,
        memos: Option<&Vec<Vec<Vec<Memo<'_>>>>>,
    ) -> anyhow::Result<()> {
        let Session { requests, taps, frozen, versions, interpolation, .. } = self.session;
        let picks = self.picks;
        let averaged = self.sums.len() == 1;
        let sums = &mut self.sums[if averaged { 0 } else { rank }];
        for (at, (request, sums)) in requests.iter().zip(sums).enumerate() {
            let one = |(image, sum): (usize, &mut Sum)| -> anyhow::Result<()> {
                let (started, tally) = (Instant::now(), PassCount::default());
                let view = View { seen, frozen, image, tally: &tally };
                let layer = |(layer, node): (usize, NodeId)| {
                    let memo = memos.map(|memos| &memos[at][image][layer]);
                    view.map(request, node, taps.position(node), memo)
                };
                let mut maps: Vec<Map> =
                    request.nodes.iter().copied().enumerate().map(layer).collect::<Result<_, _>>()?;
                sum.nan |= maps.iter().any(|map| Flag::of(map) == Flag::Nan);
                let size = frozen.numbers.size;
                let map = match request.combine {
                    None => maps.pop().ok_or_else(|| anyhow::anyhow!("the request names no layer"))?,
                    Some(how) => join::layers(how, request.normalise, maps, size, *interpolation),
                };
                let summands = versions.len() * if averaged { picks[image].len() } else { 1 };
                if summands == 1 {
                    sum.map = Some(map);
                } else {
                    let map = join::scaled(map, request.normalise, size, *interpolation);
                    sum.add(version.turn_back(map), picks[image][rank].weight / versions.len() as f32);
                }
                sum.forwards += tally.count();
                sum.seconds += seen.seconds_each() + started.elapsed().as_secs_f64();
                Ok(())
            };
            match request.cam.needs() {
                // The passes of one image already use every thread, and they need much memory.
                Needs::MaskedImages | Needs::AblatedChannels | Needs::GradientQueries => {
                    sums.iter_mut().enumerate().try_for_each(one)?;
                }
                _ => sums.par_iter_mut().enumerate().try_for_each(one)?,
            }
        }
        Ok(())
    }
}

impl Sum {
    fn add(&mut self, map: Map, share: f32) {
        match &mut self.map {
            None => {
                self.map = Some(Map { data: map.data.iter().map(|value| share * value).collect(), ..map })
            }
            Some(sum) => sum.data.iter_mut().zip(map.data).for_each(|(sum, value)| *sum += share * value),
        }
    }

    fn finish(self, shared: u64) -> anyhow::Result<ImageMap> {
        let mut map = self.map.ok_or_else(|| anyhow::anyhow!("the request names no target class"))?;
        let flag = if self.nan { Flag::Nan } else { Flag::of(&map) };
        if Flag::of(&map) == Flag::Nan {
            map.data.fill(0.0);
        }
        Ok(ImageMap { map, flag, seconds: self.seconds, forwards: self.forwards + shared })
    }
}
