use camlab_base::registry::closest;
use camlab_config::{Claim, ClaimSide, External, NamedMap, names};

use super::BASELINE;

/// A map that an experiment makes, by its names in frames and tables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredMap {
    /// Network; `baseline` for baselines, `external` for maps of other programs that no network classifies.
    pub network: String,
    /// CAM method or baseline.
    pub method: String,
    /// Layer; combined layers are separated by `+`; `-` for baselines and external maps.
    pub layer: String,
}

impl DeclaredMap {
    /// The full name, as shown in tables; a map of another program has no layer.
    pub fn label(&self) -> String {
        match (&*self.network, &*self.layer) {
            (BASELINE, _) => self.method.clone(),
            (network, "-") => format!("{} ({network})", self.method),
            (network, layer) => format!("{} · {layer} ({network})", self.method),
        }
    }

    /// `true` for maps of no network: there is one for all networks.
    fn is_of_no_network(&self) -> bool {
        self.network == BASELINE || self.network == External::NETWORK
    }
}

/// Error in the name of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misnamed {
    /// The key in the experiment file: `better.method`, `than.layer` ...
    pub key: String,
    /// The error.
    pub message: String,
    /// The remedy.
    pub remedy: String,
}

/// The pairs of maps that a claim compares: one pair if networks are named, else one per network. `made` are the maps of
/// the configuration of `better`, and of that of `than`: two in a claim across configurations, else the same.
///
/// # Errors
/// A method, layer or network without maps, an ambiguous name, a network on one side only, equal sides.
pub fn pairs(
    claim: &Claim,
    made: [&[DeclaredMap]; 2],
    across: bool,
) -> Result<Vec<(DeclaredMap, DeclaredMap)>, Misnamed> {
    let better = side("better", &claim.better.map(), made[0])?;
    let than = side("than", &claim.than.map(), made[1])?;
    let baseline = |side: &[DeclaredMap]| side.iter().all(DeclaredMap::is_of_no_network);
    // A network that is named on one side need not be on the other if only one has the map.
    let written = claim.better.network.is_some() || claim.than.network.is_some();
    let named = |named: &ClaimSide, side: &[DeclaredMap]| {
        named.network.is_some() || baseline(side) || (written && side.len() == 1)
    };
    let pairs: Vec<(DeclaredMap, DeclaredMap)> =
        match (named(&claim.better, &better), named(&claim.than, &than)) {
            (true, true) => better.into_iter().zip(than).collect(),
            // One pair per network if the other side is of none.
            (false, true) if baseline(&than) => {
                better.into_iter().map(|better| (better, than[0].clone())).collect()
            }
            (true, false) if baseline(&better) => {
                than.into_iter().map(|than| (better[0].clone(), than)).collect()
            }
            (false, false) => {
                let same =
                    |better: &DeclaredMap| than.iter().find(|than| than.network == better.network).cloned();
                better.into_iter().filter_map(|better| Some((better.clone(), same(&better)?))).collect()
            }
            (first, _) => {
                let (with, without) = if first { ("better", "than") } else { ("than", "better") };
                return Err(Misnamed {
                    key: without.into(),
                    message: format!("`{with}` names a network and `{without}` does not"),
                    remedy: "write `network` in both or in neither; without it, every network is tested"
                        .into(),
                });
            }
        };
    let differ = across || claim.better_contrast() != claim.than_contrast();
    match pairs.iter().find(|(better, than)| better == than && !differ) {
        Some((same, _)) => Err(Misnamed {
            key: "than".into(),
            message: format!("`{}` is compared with itself", same.label()),
            remedy: match claim.chooses_configurations() {
                true => {
                    "write another method, layer, network or contrast, or a `where` with other values".into()
                }
                false => "write another method, layer, network or contrast".into(),
            },
        }),
        None if pairs.is_empty() => Err(Misnamed {
            key: "than".into(),
            message: format!(
                "no network has the maps of both sides, `{}` and `{}`",
                claim.better.method, claim.than.method
            ),
            remedy: "write `network` on both sides, or let one network have both (`networks` of a [[maps]])"
                .into(),
        }),
        None => Ok(pairs),
    }
}

/// The maps that a name denotes: one per network, or only that of the named network.
///
/// # Errors
/// A method, layer or network without maps, an ambiguous name.
pub fn side(key: &str, named: &NamedMap, made: &[DeclaredMap]) -> Result<Vec<DeclaredMap>, Misnamed> {
    let mut of_method: Vec<&DeclaredMap> = made.iter().filter(|made| made.method == named.method).collect();
    if of_method.is_empty() {
        // Titles in tables include options; the bare name suffices if only one title has it.
        of_method = made.iter().filter(|made| names(&named.method, &made.method)).collect();
        let titles = distinct(of_method.iter().map(|made| &made.method));
        if titles.len() > 1 {
            return Err(Misnamed {
                key: format!("{key}.method"),
                message: format!(
                    "`{}` is ambiguous: it may be any of `{}`",
                    named.method,
                    titles.join("`, `")
                ),
                remedy: "write one of these names in full".into(),
            });
        }
    }
    if of_method.is_empty() {
        return Err(unknown(key, "method", &named.method, made.iter().map(|made| &made.method)));
    }
    let layers = distinct(of_method.iter().map(|made| &made.layer));
    let layer = match (&named.layer, layers.as_slice()) {
        (Some(layer), layers) if layers.contains(&layer.as_str()) => layer.as_str(),
        (Some(layer), _) => {
            return Err(unknown(key, "layer", layer, of_method.iter().map(|made| &made.layer)));
        }
        (None, [only]) => only,
        (None, several) => {
            return Err(Misnamed {
                key: format!("{key}.method"),
                message: format!(
                    "`{}` makes maps at several layers: `{}`",
                    named.method,
                    several.join("`, `")
                ),
                remedy: format!("choose one, such as layer = \"{}\"", several.last().unwrap_or(&"")),
            });
        }
    };
    let of_layer: Vec<&DeclaredMap> = of_method.into_iter().filter(|made| made.layer == layer).collect();
    let found: Vec<DeclaredMap> = match &named.network {
        Some(network) => {
            of_layer.iter().filter(|made| made.network == *network).map(|m| (*m).clone()).collect()
        }
        None => of_layer.iter().map(|made| (*made).clone()).collect(),
    };
    match (&named.network, found.is_empty()) {
        (Some(network), true) => {
            Err(unknown(key, "network", network, of_layer.iter().map(|made| &made.network)))
        }
        _ => Ok(found),
    }
}

fn unknown<'a>(key: &str, what: &str, written: &str, known: impl Iterator<Item = &'a String>) -> Misnamed {
    let known = distinct(known);
    let remedy = match closest(written, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of `{}`", known.join("`, `")),
    };
    let message = format!("no map has the {what} `{written}`");
    Misnamed { key: format!("{key}.{what}"), message, remedy }
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut all: Vec<&str> = Vec::new();
    for name in names {
        if !all.contains(&name.as_str()) {
            all.push(name);
        }
    }
    all
}
