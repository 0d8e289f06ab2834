"""wsolevaluation's box evaluator on a folder of score maps, beside camlab's evaluation of the same maps.

    judge_maps.py --wsolevaluation CHECKOUT --metadata FOLDER --maps FOLDER --report FOLDER --method NAME [--layer NAME]

CHECKOUT is a clone of clovaai/wsolevaluation; --metadata has image_ids.txt, image_sizes.txt and localization.txt; --maps
has IMAGE_ID.npy files (its --scoremap_root), such as `camlab maps` writes; --report is the folder of camlab's report.
Every threshold of both contour rules is compared, hit by hit. Needs numpy, opencv, torch, polars.
"""

import argparse
import sys
from pathlib import Path

import numpy as np


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("wsolevaluation", "metadata", "maps", "report", "method"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--layer", default="-")
    options = parser.parse_args()

    # Its code uses an alias that NumPy 1.24 removed.
    np.float = float
    sys.path.insert(0, options.wsolevaluation)
    import evaluation
    from data_loaders import configure_metadata

    import polars as pl

    metadata = configure_metadata(options.metadata)
    levels = np.arange(0, 1, 0.001)
    worst = 0
    for rule, column in ((False, "iou_largest"), (True, "iou_any")):
        evaluator = evaluation.BoxEvaluator(
            metadata=metadata,
            dataset_name="ILSVRC",
            split="test",
            cam_threshold_list=list(levels),
            iou_threshold_list=[30, 50, 70],
            mask_root="",
            multi_contour_eval=rule,
        )
        highest = []
        for image_id in evaluator.image_ids:
            scoremap = np.load(Path(options.maps) / f"{image_id}.npy").astype(np.float64)
            highest.append(int((scoremap * 255).astype(np.uint8).max()))
            evaluator.accumulate(scoremap, image_id)
        images = pl.read_parquet(Path(options.report) / "images.parquet", columns=["method", "layer", "contrast", column])
        images = images.filter(
            (pl.col("method") == options.method) & (pl.col("layer") == options.layer) & (pl.col("contrast") == "none")
        )
        ours = np.stack([np.array(row, dtype=np.float32) for row in images[column].to_list()])
        assert len(ours) == evaluator.cnt, (len(ours), evaluator.cnt)
        for delta in (30, 50, 70):
            hits = ours >= np.float32(delta / 100)
            # The reference's thresholds are shares of each map's own maximum, in steps of 0.001 and whole 8-bit values.
            expected = evaluator.num_correct[delta].astype(int)
            found = sum(row[(levels * top).astype(int)].astype(int) for row, top in zip(hits, highest))
            differ = int(np.abs(expected - found).max())
            worst = max(worst, differ)
            print(
                f"{column:12} IoU {delta}: best {expected.max()} there, {hits.sum(axis=0).max()} here "
                f"of {evaluator.cnt} images, largest difference at a threshold {differ}"
            )
        print(f"highest 8-bit values of the maps: {sorted(set(highest))}")
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
