//! Element-wise functions that a node may apply. A new one is a file with its value and its slope, and a row here;
//! tape, engine, shapes and alignment work for all of them.

mod clip;
mod elu;
mod erf;
mod gelu;
mod hard_sigmoid;
mod hard_swish;
mod leaky_relu;
mod power;
mod rescale;
mod sigmoid;
mod silu;
mod tanh;

pub use clip::Clip;
pub use elu::Elu;
pub use erf::Erf;
pub use gelu::Gelu;
pub use hard_sigmoid::HardSigmoid;
pub use hard_swish::HardSwish;
pub use leaky_relu::LeakyRelu;
pub use power::Power;
pub use rescale::Rescale;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use tanh::Tanh;

use camlab_kernel::elementary::with_vectors;
use camlab_kernel::{Elementwise, OutputRange};

/// A function of one number, differentiable almost everywhere. Values and slopes are `#[inline(always)]`, so that they are
/// compiled for vectors.
pub trait ScalarFunction: Sync {
    /// The function at `x`.
    fn value(&self, x: f32) -> f32;

    /// Its derivative at `x`.
    fn slope(&self, x: f32) -> f32;

    /// The range to which the function limits its input, if it does nothing else: the operation before it may do so.
    fn range(&self) -> Option<OutputRange> {
        None
    }

    /// Replaces every number by the function's value.
    fn apply(&self, values: &mut [f32]) {
        with_vectors(|| {
            for x in values {
                *x = self.value(*x);
            }
        });
    }

    /// Multiplies each gradient by the slope at its input.
    fn chain(&self, gradients: &mut [f32], inputs: &[f32]) {
        with_vectors(|| {
            for (gradient, x) in gradients.iter_mut().zip(inputs) {
                *gradient *= self.slope(*x);
            }
        });
    }
}

macro_rules! functions {
    ($($Function:ident, $summary:literal;)+) => {
        /// An element-wise function and its options.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum Function { $(#[doc = $summary] $Function($Function),)+ }

        impl Function {
            /// The implementation.
            pub fn function(&self) -> &dyn ScalarFunction {
                match self { $(Self::$Function(function) => function,)+ }
            }
        }

        impl Elementwise for Function {
            fn apply(&self, values: &mut [f32]) {
                self.function().apply(values);
            }
        }

        $(impl From<$Function> for Function {
            fn from(function: $Function) -> Self {
                Self::$Function(function)
            }
        })+
    };
}

functions! {
    Clip, "`min(max(x, low), high)` (PyTorch: `hardtanh`, `relu6`).";
    Elu, "`scale x` above 0, `scale alpha (exp(x) - 1)` below (PyTorch: `elu`, `selu`).";
    Erf, "The error function (PyTorch: `erf`).";
    Gelu, "`x` times the standard normal distribution function (PyTorch: `gelu`).";
    HardSigmoid, "`alpha x + beta`, limited to 0 and 1 (PyTorch: `hardsigmoid`).";
    HardSwish, "`x` times its hard sigmoid (PyTorch: `hardswish`).";
    LeakyRelu, "`x` above 0, `slope * x` below (PyTorch: `leaky_relu`).";
    Power, "`x` to a constant power (PyTorch: `pow`).";
    Rescale, "`scale x + shift`.";
    Sigmoid, "`1 / (1 + exp(-x))` (PyTorch: `sigmoid`).";
    Silu, "`x * sigmoid(x)` (PyTorch: `silu`).";
    Tanh, "`tanh(x)` (PyTorch: `tanh`).";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The closed forms in double precision (Python): `leaky_relu(x, 0.1)`, `sigmoid(x)`, `silu(x)` and their
    /// derivatives `y (1 - y)` and `y (1 + x (1 - y))` of the sigmoid `y`, at -2, 0.5 and 3.
    #[test]
    fn values_and_slopes_are_the_closed_forms() {
        for (function, values, slopes) in [
            (Function::from(LeakyRelu { slope: 0.1 }), [-0.2, 0.5, 3.0], [0.1, 1.0, 1.0]),
            (
                Function::from(Sigmoid),
                [0.119_202_92, 0.622_459_35, 0.952_574_13],
                [0.104_993_59, 0.235_003_71, 0.045_176_66],
            ),
            (
                Function::from(Silu),
                [-0.238_405_84, 0.311_229_67, 2.857_722_4],
                [-0.090_784_25, 0.739_961_2, 1.088_104_1],
            ),
        ] {
            for ((x, value), slope) in [-2.0, 0.5, 3.0].into_iter().zip(values).zip(slopes) {
                let found = function.function();
                assert!((found.value(x) - value).abs() < 1e-6, "{function:?} at {x}: {}", found.value(x));
                assert!((found.slope(x) - slope).abs() < 1e-6, "{function:?} at {x}: {}", found.slope(x));
            }
        }
    }
}
