use super::column::word;
use super::row::frame;

word! {
    /// Result of the test of a claim.
    Finding {
        /// Significantly better.
        Supported = "supported",
        /// Significantly worse.
        Contradicted = "contradicted",
        /// No significant difference.
        Open = "open",
        /// Too few images for a reliable interval.
        TooFew = "too-few-images",
        /// No image has a value on both sides.
        Missing = "not-measured",
        /// A map is that of a network whose top-1 accuracy is under twice chance.
        NearChance = "network-near-chance",
    }
}

word! {
    /// Population that a claim is tested for.
    TestedScope absent Untested {
        /// Further training runs on further images.
        Training = "training",
        /// These trained networks on further images: there are too few seeds for a claim about training.
        Networks = "these-networks",
        /// Not tested, since nothing was measured.
        Untested = "untested",
    }
}

frame! {
    /// `claims.parquet`: the claims that the experiment declares, tested; a row per claim, configuration and network.
    ClaimRow in "claims.parquet" joined [
        statement, than_configuration, better_network, than_network, better_origin, than_origin, than_contrast,
        different_networks, better_top1, than_top1, better_chance, than_chance, scope, effect, better_share, worse_share,
        detectable,
    ] {
        /// The sentence that the claim is a test of; empty if the claim names none.
        statement: String,
        /// Label of the cells without their seed; of `better` in a claim across configurations.
        configuration: String,
        /// That of `than`.
        than_configuration: String,
        /// The map that is claimed to be better: network, method and layer.
        better: String,
        /// The map that it is claimed to be better than.
        than: String,
        /// The network of `better`; `baseline` or `external` for maps of none.
        better_network: String,
        /// The network of `than`.
        than_network: String,
        /// Origin of the network of `better`: `initialisation: SCHEME` or `fusion: METHOD`; empty for maps of none.
        better_origin: String,
        /// Origin of the network of `than`.
        than_origin: String,
        /// The metric that decides.
        metric: String,
        /// Unit of the difference: `points` of a percentage, the metric's own, or empty.
        unit: String,
        /// Contrast applied to the map of `better` before evaluation; `none` for unchanged maps.
        contrast: String,
        /// That of `than`.
        than_contrast: String,
        /// True if the maps are of two networks with different weights, of which further training runs would give others.
        different_networks: bool,
        /// Top-1 accuracy of the network of `better` on the test images, the smallest of the seeds that are compared; null for
        /// maps of no network.
        better_top1: Option<f64> => "%",
        /// That of the network of `than`.
        than_top1: Option<f64> => "%",
        /// Top-1 accuracy of guessing among the classes of the network of `better`: 100 / number of classes. Null for maps of
        /// no network, for fewer than 3 classes, and where the network gives no softmax probabilities or images show several
        /// classes.
        better_chance: Option<f64> => "%",
        /// That of the network of `than`.
        than_chance: Option<f64> => "%",
        /// Mean of `better` minus `than`, signed so that positive supports the claim; null if not measured.
        difference: Option<f64> => "column `unit`",
        /// Population of the interval and the p values.
        scope: TestedScope,
        /// Lower end of the 95 % interval, not corrected for the number of claims.
        low: Option<f64> => "column `unit`",
        /// Upper end of the 95 % interval.
        high: Option<f64> => "column `unit`",
        /// Two-sided p value of no difference; null for a network near chance.
        p: Option<f64> => "0 to 1",
        /// The p value corrected for the number of claims (Holm 1979).
        p_holm: Option<f64> => "0 to 1",
        /// Effect size: the difference in standard deviations over images (Cohen's d_z).
        effect: Option<f64>,
        /// Share of the images that the difference favours, 0 to 1.
        better_share: Option<f64> => "0 to 1",
        /// Share of the images that it speaks against, 0 to 1.
        worse_share: Option<f64> => "0 to 1",
        /// Smallest true difference that this test would have found with a power of 80 %, corrected for the number of
        /// claims.
        detectable: Option<f64> => "column `unit`",
        /// Number of images with a value on both sides, for every seed.
        images: u32 => "images",
        /// Number of seeds with values on both sides.
        seeds: u32,
        /// Result of the test, at a corrected p of 0.05.
        finding: Finding,
    }
}
