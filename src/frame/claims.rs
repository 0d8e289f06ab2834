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
    }
}

frame! {
    /// `claims.parquet`: the claims that the experiment declares, tested; a row per claim, configuration and network.
    ClaimRow in "claims.parquet" {
        /// Label of the cells without their seed.
        configuration: String,
        /// The map that is claimed to be better: network, method and layer.
        better: String,
        /// The map that it is claimed to be better than.
        than: String,
        /// The metric that decides.
        metric: String,
        /// Unit of the difference: `points` of a percentage, the metric's own, or empty.
        unit: String,
        /// Contrast applied to the maps before evaluation; `none` for unchanged maps.
        contrast: String,
        /// Mean of `better` minus `than`, signed so that positive supports the claim; null if not measured.
        difference: Option<f64> => "column `unit`",
        /// Lower end of the 95 % interval, not corrected for the number of claims.
        low: Option<f64> => "column `unit`",
        /// Upper end of the 95 % interval.
        high: Option<f64> => "column `unit`",
        /// Two-sided bootstrap p value of no difference.
        p: Option<f64> => "0 to 1",
        /// The p value corrected for the number of claims (Holm 1979).
        p_holm: Option<f64> => "0 to 1",
        /// Number of images with a value on both sides, for every seed.
        images: u32 => "images",
        /// Number of seeds with values on both sides.
        seeds: u32,
        /// Result of the test, at a corrected p of 0.05.
        finding: Finding,
    }
}
