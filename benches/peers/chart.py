"""Bar chart of camlab's speed relative to every peer, one bar per row and peer, on a logarithmic axis."""
import math
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP, LINE, GAP = 900, 330, 70, 46, 17, 12
FASTER, SLOWER, GREY = "#0072b2", "#d55e00", "#767676"


def bars(row):
    return [entry for entry in row["entries"] if entry.get("camlab_is_faster")]


def text(x, y, words, anchor="start", colour="#222", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
            f"{escape(words)}</text>")


def draw(results):
    rows = [row for row in results["rows"] if bars(row)]
    ratios = [entry["camlab_is_faster"] for row in rows for entry in bars(row)] or [1.0]
    low, high = min(0.5, *ratios) / 1.1, max(2.0, *ratios) * 1.1
    span = math.log(high / low)

    def x(ratio):
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(ratio / low) / span

    parts, y = [], TOP
    for row in rows:
        parts.append(text(8, y + 12, row["title"].split(" (camlab")[0], weight="bold"))
        y += LINE
        for entry in bars(row):
            ratio = entry["camlab_is_faster"]
            colour = FASTER if ratio >= 1 else SLOWER
            start, end = sorted((x(1.0), x(ratio)))
            parts.append(text(LEFT - 8, y + 12, "than " + entry["name"], "end"))
            parts.append(f'<rect x="{start:.1f}" y="{y + 3}" width="{max(end - start, 1):.1f}" height="11" '
                         f'fill="{colour}"/>')
            label = f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}"
            parts.append(text(max(end, x(1.0)) + 5, y + 12, label, colour=colour))
            y += LINE
        y += GAP
    ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000, 10000, 100000) if low <= t <= high]
    grid = [f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="{TOP - 8}" y2="{y}" stroke="{"#222" if t == 1 else "#ddd"}"/>'
            + text(x(t), TOP - 14, f"{t:g}", "middle", GREY) for t in ticks]
    head = text(8, 16, "camlab is .. times as fast (one run, same images and weights)", weight="bold")
    foot = text(8, y + 12, f"{results['hardware']}, {results['threads']} threads, {results['date']}", colour=GREY)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 22}" font-family="sans-serif" '
            f'font-size="12"><rect width="100%" height="100%" fill="#fff"/>{head}{"".join(grid)}{"".join(parts)}{foot}'
            "</svg>\n")
