//! SVG builder for figures that plotters cannot draw: pictures and text in a grid, in the common width and colours.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::canvas::WIDTH;
use camlab_raster::Rgb;
use camlab_raster::encode::jpeg;

const QUALITY: u8 = 82;
/// The colour that [`super::Figure::inline`] replaces by the page's text colour.
const INK: &str = "#1F2328";
/// Colour of marked items.
pub const ACCENT: &str = "#0072B2";

/// Point of a text that lies at its position.
#[derive(Debug, Clone, Copy)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
}

/// An SVG under construction; lengths are CSS pixels.
pub struct Sheet {
    body: String,
    height: f64,
}

impl Sheet {
    /// An empty sheet.
    pub fn new(height: f64) -> Self {
        Self { body: String::new(), height }
    }

    /// A line of text, centred on `y`; `faint` from 0 to 1 is its opacity.
    pub fn text(
        &mut self,
        text: &str,
        (x, y): (f64, f64),
        size: f64,
        anchor: Anchor,
        bold: bool,
        faint: f64,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
        };
        let weight = if bold { " font-weight=\"600\"" } else { "" };
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" \
             dominant-baseline=\"central\" fill=\"{INK}\" fill-opacity=\"{faint}\"{weight}>{}</text>",
            escape(text)
        );
    }

    /// A filled rectangle.
    pub fn bar(&mut self, (x, y): (f64, f64), (wide, high): (f64, f64), colour: &str, opacity: f64) {
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" rx=\"1.5\" fill=\"{colour}\" \
             fill-opacity=\"{opacity}\"/>"
        );
    }

    /// The outline of a square, solid or dashed.
    pub fn frame(&mut self, (x, y): (f64, f64), side: f64, colour: &str, width: f64, dashed: bool) {
        let dash = if dashed { " stroke-dasharray=\"3 3\" stroke-opacity=\"0.35\"" } else { "" };
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side:.1}\" height=\"{side:.1}\" rx=\"3\" fill=\"none\" \
             stroke=\"{colour}\" stroke-width=\"{width}\"{dash}/>"
        );
    }

    /// The dashed outline of a missing picture.
    pub fn empty(&mut self, at: (f64, f64), side: f64) {
        self.frame(at, side, INK, 1.0, true);
    }

    /// A thin straight line.
    pub fn rule(&mut self, from: (f64, f64), to: (f64, f64)) {
        let _ = writeln!(
            self.body,
            "<path d=\"M{:.1} {:.1} L{:.1} {:.1}\" stroke=\"{INK}\" stroke-opacity=\"0.25\" fill=\"none\"/>",
            from.0, from.1, to.0, to.1
        );
    }

    /// A picture fitted into a square.
    pub fn picture(&mut self, image: &Rgb, (x, y): (f64, f64), side: f64) -> Result<(), image::ImageError> {
        let data = STANDARD.encode(jpeg(image, QUALITY)?);
        let _ = writeln!(
            self.body,
            "<image x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side:.1}\" height=\"{side:.1}\" preserveAspectRatio=\"xMidYMid \
             meet\" href=\"data:image/jpeg;base64,{data}\"/>"
        );
        Ok(())
    }

    /// The SVG.
    pub fn finish(self) -> String {
        let Self { body, height } = self;
        format!(
            "<svg width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
             xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\">\n{body}</svg>\n"
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
