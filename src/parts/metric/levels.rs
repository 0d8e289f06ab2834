use super::Contours;

/// Map thresholds that other images than the evaluated ones chose, as levels: one for each kind of contours and each
/// minimum IoU.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChosenLevels(Vec<((Contours, f64), u8)>);

impl ChosenLevels {
    /// The chosen levels; the first one of a kind and an IoU counts.
    pub fn new(chosen: impl IntoIterator<Item = ((Contours, f64), u8)>) -> Self {
        Self(chosen.into_iter().collect())
    }

    /// The level for boxes of these contours with a minimum IoU of `delta`, compared in `f32`, the type that frames
    /// hold; `None` if none was chosen.
    pub fn get(&self, contours: Contours, delta: f64) -> Option<u8> {
        let same =
            |((kind, known), _): &&((Contours, f64), u8)| *kind == contours && *known as f32 == delta as f32;
        self.0.iter().find(same).map(|(_, level)| *level)
    }

    /// `true` without a level.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
