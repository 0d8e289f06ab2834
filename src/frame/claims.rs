use super::column::word;
use super::row::frame;

word! {
    /// What the data say of a claim.
    Finding {
        /// Better, and not by chance.
        Supported = "supported",
        /// Worse, and not by chance.
        Contradicted = "contradicted",
        /// The difference may be chance.
        Open = "open",
        /// Too few images for any interval to be trusted.
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
        /// What is claimed to be better: network, method and layer.
        better: String,
        /// What it is claimed to be better than.
        than: String,
        /// The metric that decides.
        metric: String,
        /// Unit of the difference: `points` of a percentage, the metric's own, or empty.
        unit: String,
        /// What was done to the maps; `none`: nothing.
        contrast: String,
        /// Mean of better minus than, turned so that more is better; null where nothing was measured.
        difference: Option<f64>,
        /// Lower end of the 95 % interval, not corrected for the number of claims.
        low: Option<f64>,
        /// Upper end of it.
        high: Option<f64>,
        /// Two-sided bootstrap p value of no difference.
        p: Option<f64>,
        /// The same, corrected for the number of claims (Holm 1979).
        p_holm: Option<f64>,
        /// Images that both sides have a value for, under every seed.
        images: u32,
        /// Seeds that both sides have.
        seeds: u32,
        /// What the data say, at a corrected p of 0.05.
        finding: Finding,
    }
}
