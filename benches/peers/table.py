"""Renders the results as a Markdown table."""


def number(value):
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def figure(value, unit):
    if unit == "s" and value < 1:
        return f"{number(1000 * value)} ms"
    return f"{number(value)} {unit}"


def asked(demand):
    beside = " / ".join(demand["beside"])
    if demand["ratio"] is None:
        return f"{demand['who']}: {demand['at_least']:.2g} x {beside} asked, not measured"
    if len(demand["beside"]) > 1:
        beside = "the best of " + beside
    mark = "holds" if demand["holds"] else "**missed**"
    return f"{demand['who']}: {number(demand['ratio'])} x {beside}, {demand['at_least']:.2g} asked: {mark}"


def render(results):
    lines = [f"Measured {results['date']} on {results['hardware']}, {results['threads']} threads.",
             "Peers: " + ", ".join(f"{name} {version}" for name, version in results["versions"].items()) + ".",
             "",
             "| work | engine | figure | camlab is .. times as fast | peak memory | differs |",
             "|---|---|---|---|---|---|"]
    for row in results["rows"]:
        title = row["title"]
        for entry in row["entries"]:
            if "failed" in entry:
                lines.append(f"| {title} | {entry['name']} | - ({entry['failed']}) | | | |")
            else:
                faster = entry.get("camlab_is_faster")
                differs = entry.get("differs")
                cells = [title, entry["name"], figure(entry["figure"], row["unit"]),
                         "" if faster is None else number(faster), f"{entry['peak_memory_mb']:.0f} MB",
                         "" if differs is None else f"{differs:.0e}"]
                lines.append("| " + " | ".join(cells) + " |")
            title = ""
    lines += ["", "`differs`: relative L2 distance of the logits from PyTorch's in f32, of a map from pytorch-grad-cam's after",
              "min-max.", "", "What is asked of camlab:", ""]
    lines += [f"- {row['title']}: {asked(demand)}" for row in results["rows"] for demand in row["demands"]]
    return "\n".join(lines) + "\n"
