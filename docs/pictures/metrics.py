"""Draws the pictures of docs/metrics-localisation.md and docs/metrics-faithfulness.md.

    camlab run docs/metrics.toml
    camlab maps docs/metrics.toml --out MAPS
    python docs/pictures/metrics.py reports/docs-metrics MAPS docs/pictures

Needs matplotlib, numpy, pandas, pillow and pyarrow. For each of six metrics: the image and the map with the best value of all
methods and of the images that no column to the left shows, and those with the worst one.
"""

import io
import os
import sys

import matplotlib
import numpy as np
import pandas
from PIL import Image

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.patches import Rectangle

TITLES = {"grad-cam": "Grad-CAM", "layer-cam": "LayerCAM", "eigen-cam": "Eigen-CAM", "hires-cam": "HiResCAM",
          "center-gaussian": "Center Gaussian", "random": "Random"}
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#5a6472"
GREEN = "#00e05a"
MEAN = np.array([0.485, 0.456, 0.406])  # of `normalise = "imagenet"`: the colour of a value of 0

report, maps, out = sys.argv[1:4]
images = pandas.read_parquet(os.path.join(report, "images.parquet"))
gallery = pandas.read_parquet(os.path.join(report, "gallery.parquet"))
photographs = {row.image: np.asarray(Image.open(io.BytesIO(row.photo)).convert("RGB")) / 255
               for row in gallery.drop_duplicates("image").itertuples()}
images = images.assign(mean_iou=[np.mean([iou >= at for iou, at in zip(row.ious, row.iou_thresholds)])
                                 for row in images.itertuples()])
images = images.assign(box_iou=[row.ious[1] for row in images.itertuples()])


def map_of(row):
    return np.load(os.path.join(maps, row.network, row.method, row.layer, row.image + ".npy"))


def extremes(rows, value, higher_is_better, tie, shown):
    """The rows with the best and the worst value, of images that are not in `shown`, which gets them; of equal ones the row
    with the highest, or lowest, `tie`."""
    known = rows[rows[value].notna() & ~rows.image.isin(shown)]
    order = known.sort_values([value, tie], ascending=[not higher_is_better, False], kind="stable")
    shown.update([order.image.iloc[0], order.image.iloc[-1]])
    return order.iloc[0], order.iloc[-1]


def bare(axes):
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_boxes(axes, boxes, colour):
    for x0, y0, x1, y1 in np.reshape(boxes, (-1, 4)):
        axes.add_patch(Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0 + 1, y1 - y0 + 1, fill=False, edgecolor="black", linewidth=3))
        axes.add_patch(Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0 + 1, y1 - y0 + 1, fill=False, edgecolor=colour, linewidth=1.6))


def draw_photograph(axes, row):
    axes.imshow(photographs[row.image], interpolation="nearest")
    bare(axes)


def draw_map(axes, row, boxes=True):
    values = map_of(row)[..., None]
    grey = 0.35 + 0.65 * photographs[row.image].mean(2, keepdims=True)
    share = 0.08 + 0.72 * values
    axes.imshow((1 - share) * grey + share * pyplot.get_cmap("turbo")(values[..., 0])[..., :3], interpolation="nearest")
    if boxes:
        draw_boxes(axes, row.truth_boxes, GREEN)
    bare(axes)


def label(axes, row, text):
    layer = "" if row.layer == "-" else f", {row.layer}"
    axes.set_title(f"{text}\n{TITLES[row.method]}{layer}", fontsize=9, pad=4, color="#1c2127", linespacing=1.25)


def plot_axes(axes, x):
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.03)
    axes.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"], fontsize=7.5)
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"], fontsize=7.5)
    axes.tick_params(length=2, pad=2, colors=GREY)
    axes.set_xlabel(x, fontsize=8, labelpad=2, color=GREY)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_box_aspect(0.8)
    axes.set_anchor("N")


def save(figure, name):
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=100, facecolor="white")
    picture = Image.open(buffer).convert("RGB").quantize(160, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    path = os.path.join(out, name)
    picture.save(path, optimize=True)
    print(path, picture.size, os.path.getsize(path) // 1000, "kB")


def sheet(columns, heights):
    """A figure with two pairs of rows, best and worst, and the titles of the columns."""
    figure = pyplot.figure(figsize=(12, 2 * sum(heights) + 1.95))
    blocks = figure.add_gridspec(2, 1, left=0.05, right=0.985, top=0.895, bottom=0.05, hspace=0.2)
    axes = np.vstack([block.subgridspec(2, len(columns), height_ratios=heights, hspace=0.07, wspace=0.16).subplots()
                      for block in blocks])
    for place, title in enumerate(columns):
        box = axes[0, place].get_position()
        figure.text((box.x0 + box.x1) / 2, 0.972, title, ha="center", va="center", fontsize=11, fontweight="bold", color="#1c2127")
    for top, word in ((0, "best value"), (2, "worst value")):
        upper, lower = axes[top, 0].get_position(), axes[top + 1, 0].get_position()
        figure.text(0.012, (upper.y1 + lower.y0) / 2, word, rotation=90, va="center", fontsize=11, fontweight="bold", color=GREY)
    return figure, axes


# --- localisation

NETWORK = images[images.network != "baseline"]
LOCALISATION = [  # title, column, factor, text, higher is better, decides between equal values
    ("MaxBoxAccV2", "box_iou", 1, "IoU of the box {:.2f}", True, "auc"),
    ("Mask IoU", "mask_iou@0.5", 100, "{:.0f} %", True, "auc"),
    ("Pixel ROC-AUC", "auc", 1, "{:.3f}", True, "kl"),
    ("Pointing game", "pointing_game@tolerance=0", 1, "", True, "auc"),
    ("Energy-based\npointing game", "energy_in_boxes", 100, "{:.0f} %", True, "auc"),
    ("Relevance rank\naccuracy", "relevance_rank", 100, "{:.0f} %", True, "auc"),
]
figure, axes = sheet([title for title, *_ in LOCALISATION], [1.65, 1.65])
shown = set()
for place, (title, column, factor, text, higher, tie) in enumerate(LOCALISATION):
    for top, row in zip((0, 2), extremes(NETWORK, column, higher, tie, shown)):
        draw_photograph(axes[top, place], row)
        draw_map(axes[top + 1, place], row)
        values = map_of(row)
        if column == "box_iou":
            draw_boxes(axes[top + 1, place], np.reshape(row.boxes, (-1, 4))[1], "#ff9a3c")
        if column.startswith("pointing_game"):
            y, x = np.unravel_index(values.argmax(), values.shape)
            for colour, width in (("black", 4), ("white", 2)):
                axes[top + 1, place].plot(x, y, "+", color=colour, markersize=13, markeredgewidth=width)
            text = "hit" if row[column] == 1 else "miss"
        if column == "mask_iou@0.5":
            for colour, width in (("black", 3), ("white", 1.4)):
                axes[top + 1, place].contour(values, levels=[0.5], colors=colour, linewidths=width)
        label(axes[top, place], row, text.format(factor * row[column]))
save(figure, "metrics-localisation.png")

# --- faithfulness

rows = NETWORK.assign(
    drop=(NETWORK.whole_probability - NETWORK.masked_probability).clip(lower=0) / NETWORK.whole_probability,
    road=(NETWORK["road@lerf"] - NETWORK["road@morf"]) / 2)
parts = np.stack([rows.coherency, 1 - rows.l1_complexity, 1 - rows["drop"]])
with np.errstate(divide="ignore"):
    rows = rows.assign(adcc=3 / (1 / parts).sum(0))


def draw_multiplied(axes, row):
    share = map_of(row)[..., None]
    axes.imshow(np.clip(photographs[row.image] * share + MEAN * (1 - share), 0, 1), interpolation="nearest")
    axes.set_xlabel(f"image x map: {row.masked_probability:.2f}", fontsize=8, labelpad=3, color=GREY)
    bare(axes)


def draw_curve(axes, row, name, verb):
    curve = np.asarray(row[f"{name}_curve"])
    pixels = int(row.height) * int(row.width)
    step = -(-pixels // (len(curve) - 1))
    fractions = np.append(np.arange(0, pixels, step), pixels) / pixels
    axes.fill_between(fractions, 0, curve, color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(fractions, curve, color=BLUE, linewidth=1.6)
    plot_axes(axes, f"pixels {verb}")


def draw_road(axes, row):
    percentiles = np.arange(10, 100, 10)
    for order, colour in (("lerf", BLUE), ("morf", ORANGE)):
        axes.plot(1 - percentiles / 100, row[f"road@{order}_curve"], "o-", color=colour, markersize=2.5, linewidth=1.4)
    axes.axhline(row.whole_probability, color=GREY, linewidth=0.8, linestyle=":")
    plot_axes(axes, "pixels imputed")


def draw_parts(axes, row):
    names = ["coherency", "1 - L1 compl.", "1 - drop"]
    values = [row.coherency, 1 - row.l1_complexity, 1 - row["drop"]]
    axes.barh([2, 1, 0], values, color=BLUE, height=0.32)
    for at, name, value in zip((2, 1, 0), names, values):
        axes.text(0, at + 0.22, f"{name}: {value:.2f}", fontsize=8, color="#1c2127", va="bottom")
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.35, 2.75)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"], fontsize=7.5)
    axes.set_yticks([])
    axes.tick_params(length=2, pad=2, colors=GREY)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_box_aspect(0.8)
    axes.set_anchor("N")


def draw_sorted(axes, row):
    values = np.sort(map_of(row).ravel())[::-1]
    axes.fill_between(np.linspace(0, 1, values.size), 0, values, color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(np.linspace(0, 1, values.size), values, color=BLUE, linewidth=1.6)
    plot_axes(axes, "pixels, falling value")


FAITHFULNESS = [
    ("Average drop", "drop", 100, "{:.0f} %", False, "whole_probability", draw_multiplied),
    ("Insertion AUC", "insertion", 100, "{:.0f} %", True, "auc", lambda axes, row: draw_curve(axes, row, "insertion", "shown")),
    ("Deletion AUC", "deletion", 100, "{:.0f} %", False, "auc", lambda axes, row: draw_curve(axes, row, "deletion", "removed")),
    ("ROAD", "road", 100, "{:.0f} %", True, "auc", draw_road),
    ("ADCC", "adcc", 100, "{:.0f} %", True, "auc", draw_parts),
    ("Sparseness", "sparseness", 1, "{:.2f}", True, "auc", draw_sorted),
]
titles = [title + ("\n(lower is better)" if not higher else "") for title, _, _, _, higher, _, _ in FAITHFULNESS]
figure, axes = sheet(titles, [1.65, 1.65])
shown = set()
for place, (title, column, factor, text, higher, tie, detail) in enumerate(FAITHFULNESS):
    for top, row in zip((0, 2), extremes(rows, column, higher, tie, shown)):
        draw_map(axes[top, place], row, boxes=False)
        detail(axes[top + 1, place], row)
        if column == "road" and top == 0:
            for height, colour, word in ((0.56, BLUE, "least relevant"), (0.4, ORANGE, "most relevant")):
                axes[top + 1, place].text(0.5, height, word, ha="center", fontsize=8, color=colour)
        value = text.format(factor * row[column])
        label(axes[top, place], row, f"{value}, p = {row.whole_probability:.2f}" if column == "drop" else value)
save(figure, "metrics-faithfulness.png")
