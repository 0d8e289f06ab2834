//! The published CIFAR-10 ResNets, legacy PyTorch files, against PyTorch's own numbers (`CAMLAB_SHARED`).

use crate::support::{backbone, images, relative_error, shared, tensor, to_nhwc};
use camlab::nn::Network;
use camlab::nn::checkpoint::Checkpoint;

fn toml(blocks: usize) -> String {
    format!(
        "{{ resnet = {{ block = \"basic\", depths = [{blocks}, {blocks}, {blocks}], widths = [16, 32, 64], \
         stem = \"small\", shortcut = \"option-a\", head-name = \"linear\" }} }}"
    )
}

#[test]
fn logits_and_activations_agree_with_pytorch() {
    let Some(shared) = shared() else { return };
    let reference = Checkpoint::read(&shared.join("reference/cifar10-resnet/io.safetensors"));
    let reference = reference.expect("readable references");
    for (name, file, blocks) in
        [("resnet20", "cifar10-resnet20-12fca82f.th", 3), ("resnet56", "cifar10-resnet56-4bfd9763.th", 9)]
    {
        let mut network = Network::new(backbone(&toml(blocks)).build(10).expect("a buildable backbone"));
        let weights = Checkpoint::read(&shared.join("weights").join(file)).expect("a readable checkpoint");
        weights.load_into(&mut network).expect("weights that fit");
        let layer3 = network.graph().tap("layer3").expect("a stage");
        for size in [32, 64] {
            let images = images(tensor(&reference, &format!("input{size}")));
            let found = network.infer(&images, &[layer3]).expect("a forward pass");
            let logits = &tensor(&reference, &format!("{name}/logits{size}")).data;
            let error = relative_error(&found.logits, logits);
            println!("{name} at {size}: logits differ by {error:e}");
            assert!(error < 1e-4, "{name} at {size}: logits differ by {error}");
            if size == 32 {
                let wanted = tensor(&reference, &format!("{name}/layer3"));
                let wanted = to_nhwc(&wanted.data, 64, 64);
                let error = relative_error(&found.taps[0].data, &wanted);
                println!("{name} at {size}: activations differ by {error:e}");
                assert!(error < 1e-4, "{name}: activations differ by {error}");
            }
        }
    }
}
