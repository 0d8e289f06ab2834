use camlab_graph::SharedText;

/// Names of the instructions that the kernels of a run use. Their roundings differ, so they are part of a stage's key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstructionNames {
    /// Of work in f32.
    pub f32: SharedText,
    /// Of work in bf16; `None` if the machine computes it in f32 instead.
    pub bf16: Option<SharedText>,
}
