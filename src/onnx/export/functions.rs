use camlab_nn::graph::Function;
use camlab_nn::graph::function::{Gelu, HardSigmoid};

use super::writer::{WriteAttributes as _, Writer};

/// Writes the nodes of an element-wise function.
pub(super) fn write(writer: &mut Writer<'_>, function: Function, name: &str, x: &str, output: &str) {
    let one = vec![x.to_owned()];
    match function {
        Function::Clip(clip) => {
            // Bounds that are the format's own limits are none.
            let bound = |writer: &mut Writer<'_>, part: &str, value: f32, none: f32| match value == none {
                true => String::new(),
                false => writer.floats(&format!("{name}.{part}"), &[], &[value]),
            };
            let low = bound(writer, "min", clip.low, f32::MIN);
            let high = bound(writer, "max", clip.high, f32::MAX);
            writer.node("Clip", name, vec![x.to_owned(), low, high], output);
        }
        Function::Elu(elu) if elu.scale == 1.0 => {
            writer.node("Elu", name, one, output).float("alpha", elu.alpha)
        }
        Function::Elu(elu) => {
            let node = writer.node("Selu", name, one, output);
            node.float("alpha", elu.alpha);
            node.float("gamma", elu.scale);
        }
        Function::Erf(_) => {
            writer.node("Erf", name, one, output);
        }
        Function::Gelu(Gelu::Erf) => {
            // Before version 20 there was no operator for it.
            let root = writer.floats(&format!("{name}.root"), &[], &[std::f32::consts::FRAC_1_SQRT_2]);
            let [part, erf, sum, product] =
                ["scaled", "erf", "sum", "product"].map(|part| format!("{output}.{part}"));
            writer.node("Mul", &format!("{name}.scale"), vec![x.to_owned(), root], &part);
            writer.node("Erf", &format!("{name}.erf"), vec![part], &erf);
            let unit = writer.floats(&format!("{name}.one"), &[], &[1.0]);
            writer.node("Add", &format!("{name}.add"), vec![erf, unit], &sum);
            writer.node("Mul", &format!("{name}.mul"), vec![x.to_owned(), sum], &product);
            let half = writer.floats(&format!("{name}.half"), &[], &[0.5]);
            writer.node("Mul", name, vec![product, half], output);
        }
        Function::Gelu(Gelu::Tanh) => {
            let names = ["cube", "part", "inner", "scaled", "tanh", "sum", "product"];
            let [cube, part, inner, scaled, tanh, sum, product] =
                names.map(|part| format!("{output}.{part}"));
            let number = |writer: &mut Writer<'_>, part: &str, value: f32| {
                writer.floats(&format!("{name}.{part}-number"), &[], &[value])
            };
            let three = number(writer, "cube", 3.0);
            writer.node("Pow", &format!("{name}.pow"), vec![x.to_owned(), three], &cube);
            let factor = number(writer, "part", 0.044_715);
            writer.node("Mul", &format!("{name}.part"), vec![cube, factor], &part);
            writer.node("Add", &format!("{name}.inner"), vec![x.to_owned(), part], &inner);
            let root = number(writer, "root", (2.0 / std::f32::consts::PI).sqrt());
            writer.node("Mul", &format!("{name}.scale"), vec![inner, root], &scaled);
            writer.node("Tanh", &format!("{name}.tanh"), vec![scaled], &tanh);
            let unit = number(writer, "one", 1.0);
            writer.node("Add", &format!("{name}.add"), vec![tanh, unit], &sum);
            writer.node("Mul", &format!("{name}.mul"), vec![x.to_owned(), sum], &product);
            let half = number(writer, "half", 0.5);
            writer.node("Mul", name, vec![product, half], output);
        }
        Function::HardSigmoid(HardSigmoid { alpha, beta }) => {
            let node = writer.node("HardSigmoid", name, one, output);
            node.float("alpha", alpha);
            node.float("beta", beta);
        }
        Function::HardSwish(_) => {
            writer.node("HardSwish", name, one, output);
        }
        Function::LeakyRelu(leaky) => writer.node("LeakyRelu", name, one, output).float("alpha", leaky.slope),
        Function::Power(power) => {
            let exponent = writer.floats(&format!("{name}.exponent"), &[], &[power.exponent]);
            writer.node("Pow", name, vec![x.to_owned(), exponent], output);
        }
        Function::Rescale(line) => {
            let scaled = format!("{output}.scaled");
            let scale = writer.floats(&format!("{name}.scale"), &[], &[line.scale]);
            writer.node("Mul", &format!("{name}.mul"), vec![x.to_owned(), scale], &scaled);
            let shift = writer.floats(&format!("{name}.shift"), &[], &[line.shift]);
            writer.node("Add", name, vec![scaled, shift], output);
        }
        Function::Sigmoid(_) => {
            writer.node("Sigmoid", name, one, output);
        }
        Function::Silu(_) => {
            let gate = format!("{output}.gate");
            writer.node("Sigmoid", &format!("{name}.gate"), one, &gate);
            writer.node("Mul", name, vec![x.to_owned(), gate], output);
        }
        Function::Tanh(_) => {
            writer.node("Tanh", name, one, output);
        }
    }
}
