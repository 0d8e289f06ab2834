//! One palette for all figures: Okabe and Ito's colours (safe for colour-blind readers), grey for baselines.

use plotters::style::RGBColor;

use super::series::Series;

/// Colour of text and axes. The HTML page replaces it by the page's text colour, so that figures follow its theme.
pub const INK: RGBColor = RGBColor(0x1F, 0x23, 0x28);
/// Colour of baselines.
pub const GREY: RGBColor = RGBColor(0x86, 0x8B, 0x92);

/// Okabe and Ito (2008), without black (used for text) and yellow (unreadable as a line on white).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
];

/// Dash pattern of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Without gaps.
    Solid,
    /// Long dashes.
    Dashed,
    /// Short dashes.
    Dotted,
}

const PATTERNS: [Pattern; 3] = [Pattern::Solid, Pattern::Dashed, Pattern::Dotted];

/// Colour and pattern of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stroke {
    /// Colour of lines and points.
    pub colour: RGBColor,
    /// Pattern of lines.
    pub pattern: Pattern,
}

impl Stroke {
    /// Stroke by position in a list without methods, for example the networks of the training curves.
    pub fn at(index: usize) -> Self {
        Self {
            colour: COLOURS[index % COLOURS.len()],
            pattern: PATTERNS[(index / COLOURS.len()) % PATTERNS.len()],
        }
    }
}

/// Strokes of all series: a method has the same colour in every figure, its layers differ by pattern.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    methods: Vec<(String, Vec<String>)>,
    baselines: Vec<String>,
}

impl Palette {
    /// Assigns colours in the order in which the series appear.
    pub fn new<'a>(series: impl IntoIterator<Item = &'a Series>) -> Self {
        let mut palette = Self::default();
        for series in series {
            if series.is_baseline() {
                if !palette.baselines.contains(&series.method) {
                    palette.baselines.push(series.method.clone());
                }
                continue;
            }
            let place = palette.methods.iter().position(|(method, _)| *method == series.method);
            let place = place.unwrap_or_else(|| {
                palette.methods.push((series.method.clone(), Vec::new()));
                palette.methods.len() - 1
            });
            let layers = &mut palette.methods[place].1;
            if !layers.contains(&series.layer) {
                layers.push(series.layer.clone());
            }
        }
        palette
    }

    /// The stroke of a series.
    pub fn stroke(&self, series: &Series) -> Stroke {
        if series.is_baseline() {
            let index = self.baselines.iter().position(|method| *method == series.method).unwrap_or(0);
            return Stroke { colour: GREY, pattern: PATTERNS[index % PATTERNS.len()] };
        }
        let method = self.methods.iter().position(|(method, _)| *method == series.method).unwrap_or(0);
        let layer = self.methods.get(method).and_then(|(_, l)| l.iter().position(|l| *l == series.layer));
        let turn = method / COLOURS.len() + layer.unwrap_or(0);
        Stroke { colour: COLOURS[method % COLOURS.len()], pattern: PATTERNS[turn % PATTERNS.len()] }
    }
}
