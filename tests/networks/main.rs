//! Backbones, checkpoints, training, alignment and fusion of networks, against PyTorch.

mod alignment;
mod backbones;
mod checkpoint_files;
mod cifar_checkpoints;
mod early_stopping;
mod found_checkpoints;
mod full_size;
mod fusion;
mod infinite_statistics;
mod initialisation;
mod joined_steps;
mod layers;
mod network_identities;
mod parameter_gradients;
mod resnet50_reference;
mod resnet_goldens;
#[path = "../support/mod.rs"]
mod support;
mod torch_files;
mod torch_refusals;
mod training_goldens;
mod training_parts;
mod vgg_goldens;
mod without_batch_norm;
