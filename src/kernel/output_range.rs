use super::lanes::Lanes;

/// Range to which results are limited before they are stored: ReLU, ReLU6 and other clips. What is not a number is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutputRange {
    /// Least value.
    pub low: f32,
    /// Largest value, not below `low`.
    pub high: f32,
}

impl OutputRange {
    /// Every number.
    pub const ALL: Self = Self { low: f32::NEG_INFINITY, high: f32::INFINITY };
    /// ReLU: negative results become 0.
    pub const RELU: Self = Self { low: 0.0, high: f32::INFINITY };

    /// True if nothing is limited.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }

    /// The number of the range that is closest to `value`.
    pub fn limit(self, value: f32) -> f32 {
        let value = if value < self.low { self.low } else { value };
        if value > self.high { self.high } else { value }
    }

    /// [`OutputRange::limit`] of every lane.
    ///
    /// # Safety
    /// The machine has the instructions of `L`.
    #[inline(always)]
    pub(crate) unsafe fn limit_lanes<L: Lanes>(self, value: L) -> L {
        let mut value = value;
        // SAFETY: as the caller.
        unsafe {
            if self.low > f32::NEG_INFINITY {
                value = L::splat(self.low).max(value);
            }
            if self.high < f32::INFINITY {
                value = L::splat(self.high).min(value);
            }
        }
        value
    }

    /// Gradients, 0 where the limited value `at` was on or beyond a bound (PyTorch: `relu`, `hardtanh`).
    ///
    /// # Safety
    /// The machine has the instructions of `L`.
    #[inline(always)]
    pub(crate) unsafe fn gate_lanes<L: Lanes>(self, gradient: L, at: L) -> L {
        let mut gradient = gradient;
        // SAFETY: as the caller.
        unsafe {
            if self.low > f32::NEG_INFINITY {
                let above = if self.low == 0.0 { at } else { at.sub(L::splat(self.low)) };
                gradient = gradient.gated(above);
            }
            if self.high < f32::INFINITY {
                gradient = gradient.gated(L::splat(self.high).sub(at));
            }
        }
        gradient
    }
}

impl Default for OutputRange {
    fn default() -> Self {
        Self::ALL
    }
}
