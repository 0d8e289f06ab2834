//! The ten outlines, as signed distances in the object's own frame.

/// A class: an outline and its texture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShapeClass {
    RingedDisc,
    StripedSquare,
    CheckeredTriangle,
    CoredStar,
    HatchedCross,
    GrainyCrescent,
    SectoredRing,
    SpottedEllipse,
    BarredDiamond,
    BrickedHexagon,
}

/// sqrt(3) / 2.
pub(super) const HALF_SQRT3: f32 = 0.866_025_4;
/// The outward normals of a regular pentagon's sides, one side facing down: (cosine, sine) of 90° + 72° i.
const PENTAGON: [(f32, f32); 5] = [
    (0.0, 1.0),
    (-0.951_056_5, 0.309_017),
    (-0.587_785_25, -0.809_017),
    (0.587_785_25, -0.809_017),
    (0.951_056_5, 0.309_017),
];

impl ShapeClass {
    /// Every class in label order.
    pub(super) const ALL: [Self; 10] = [
        Self::RingedDisc,
        Self::StripedSquare,
        Self::CheckeredTriangle,
        Self::CoredStar,
        Self::SpottedEllipse,
        Self::SectoredRing,
        Self::BrickedHexagon,
        Self::GrainyCrescent,
        Self::HatchedCross,
        Self::BarredDiamond,
    ];

    /// The class's display name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RingedDisc => "ringed disc",
            Self::StripedSquare => "striped square",
            Self::CheckeredTriangle => "checkered triangle",
            Self::CoredStar => "cored star",
            Self::HatchedCross => "hatched cross",
            Self::GrainyCrescent => "grainy crescent",
            Self::SectoredRing => "sectored ring",
            Self::SpottedEllipse => "spotted ellipse",
            Self::BarredDiamond => "barred diamond",
            Self::BrickedHexagon => "bricked hexagon",
        }
    }

    /// Signed distance to the outline (negative inside) at (u, v); every outline fits in the unit circle. Exact near
    /// straight sides, approximate elsewhere, which is sufficient to antialias an edge one pixel wide.
    pub(super) fn distance(self, u: f32, v: f32) -> f32 {
        let radius = (u * u + v * v).sqrt();
        match self {
            Self::RingedDisc => radius - 0.95,
            Self::StripedSquare => u.abs().max(v.abs()) - 0.7,
            Self::CheckeredTriangle => v.max(HALF_SQRT3 * u - 0.5 * v).max(-HALF_SQRT3 * u - 0.5 * v) - 0.5,
            Self::CoredStar => {
                // Inside at least four of the five half-planes of a pentagram.
                let mut first = f32::NEG_INFINITY;
                let mut second = f32::NEG_INFINITY;
                for (x, y) in PENTAGON {
                    let side = u * x + v * y;
                    second = second.max(side.min(first));
                    first = first.max(side);
                }
                second - 0.305
            }
            Self::HatchedCross => {
                let upright = (u.abs() - 0.33).max(v.abs() - 0.93);
                let across = (u.abs() - 0.93).max(v.abs() - 0.33);
                upright.min(across)
            }
            Self::GrainyCrescent => {
                let bite = ((u - 0.55) * (u - 0.55) + v * v).sqrt();
                (radius - 0.98).max(0.72 - bite)
            }
            Self::SectoredRing => (radius - 0.7).abs() - 0.28,
            Self::SpottedEllipse => ((u * u + (v / 0.62) * (v / 0.62)).sqrt() - 1.0) * 0.7,
            Self::BarredDiamond => (u.abs() + v.abs() / 0.68 - 1.0) * 0.6,
            Self::BrickedHexagon => v.abs().max(HALF_SQRT3 * u.abs() + 0.5 * v.abs()) - 0.84,
        }
    }
}
