# SPDX-License-Identifier: MIT
"""Model cards: models/<name>/card.md, front matter that a program can read and prose below it.

    python3 models/train/cards.py models        checks every card and rewrites the table of README.md
"""
import argparse
import hashlib
import json
import pathlib

from export import read_safetensors

TABLE_START, TABLE_END = "<!-- figures -->", "<!-- end of figures -->"


def front_matter(card):
    """The JSON object between the two '---' lines of a card."""
    return json.loads(card.read_text().split("---\n")[1])


def write_card(folder, matter):
    """Writes the card of one model: its facts, then a sentence for people."""
    body = json.dumps(matter, indent=1, sort_keys=True)
    prose = (f"{matter['title']}. {matter['parameters']:,} parameters, "
             f"{matter['file_bytes'] / 1e6:.2f} MB.\n")
    (folder / "card.md").write_text(f"---\n{body}\n---\n\n# {matter['name']}\n\n{prose}")


def facts(folder):
    """What the checkpoint itself says, as the first part of a card."""
    file = folder / "model.safetensors"
    tensors, metadata = read_safetensors(file)
    return {"name": folder.name, "file": file.name, "file_bytes": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "parameters": int(sum(tensor.size for tensor in tensors.values())),
            "architecture": json.loads(metadata["tessera.architecture"]),
            "task": metadata["tessera.task"], "title": metadata["tessera.title"],
            "license": metadata["tessera.license"],
            "training": json.loads(metadata["tessera.training"])}


def write_figures(folder, figures, by):
    """Updates the card's measured figures: {set name: {"psnr_db", "images", ...}}; of a denoiser
    "psnr_db" is a dictionary by sigma.

    Seconds stay out of cards: they belong to a machine and its load, see tests/bench.
    """
    update_card(folder, "evaluated", {
        name: {key: value for key, value in results.items() if key != "seconds_per_megapixel"}
        for name, results in figures.items()}, evaluated_by=by)


def update_card(folder, part, entries, **others):
    """Adds entries to one part of a card, and other keys beside it; other parts stay as they are
    while the checkpoint does, and go with the one that they were measured on."""
    card = folder / "card.md"
    matter = facts(folder)
    before = front_matter(card) if card.exists() else {}
    if before.get("sha256") == matter["sha256"]:
        matter = before | matter
    matter[part] = matter.get(part, {}) | entries
    write_card(folder, matter | others)


def table(models):
    """Markdown of all cards, in order of task and name: without noise, then by the levels of noise."""
    cards = sorted((front_matter(card) for card in models.glob("*/card.md")),
                   key=lambda matter: (matter["task"], matter["name"]))
    by_levels = {}
    for matter in cards:
        by_levels.setdefault(noise_levels(matter), []).append(matter)
    parts = [interpolation_table(by_levels.pop((), []))]
    return "\n\n".join(parts + [noise_table(group, levels) for levels, group in by_levels.items()])


def noise_levels(matter):
    """The levels that a card has figures for, () where it was measured without noise."""
    figures = [results["psnr_db"] for results in matter.get("evaluated", {}).values()]
    return tuple(sorted(figures[0], key=float)) if figures and isinstance(figures[0], dict) else ()


def interpolation_table(cards):
    lines = ["| model | task | parameters | MB | McMaster dB | CBSD68 dB |", "|---|---|---|---|---|---|"]
    for matter in cards:
        scores = [matter.get("evaluated", {}).get(name, {}).get("psnr_db")
                  for name in ("mcmaster", "cbsd68")]
        cells = [*model_cells(matter),
                 *("" if score is None else f"{score:.2f}" for score in scores)]
        lines.append(row(cells))
    return "\n".join(lines)


def noise_table(cards, levels):
    """PSNR in dB at these noise levels, a row for each model and set."""
    lines = ["| model | task | parameters | MB | set | "
             + " | ".join(f"sigma {level}" for level in levels) + " |", "|---|" + "---|" * (4 + len(levels))]
    for matter in cards:
        for name, figures in sorted(matter.get("evaluated", {}).items()):
            scores = (figures["psnr_db"].get(level) for level in levels)
            lines.append(row([*model_cells(matter), name,
                              *("" if score is None else f"{score:.2f}" for score in scores)]))
    return "\n".join(lines)


def model_cells(matter):
    return [f"`{matter['name']}`", matter["task"], f"{matter['parameters']:,}",
            f"{matter['file_bytes'] / 1e6:.2f}"]


def row(cells):
    return "| " + " | ".join(cells) + " |"


def replace_between(page, start, end, text):
    """Puts text between two marks of a page; without them nothing changes."""
    content = page.read_text()
    if start in content and end in content:
        before, rest = content.split(start, 1)
        page.write_text(f"{before}{start}\n{text}\n{end}{rest.split(end, 1)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=pathlib.Path, help="folder of the models")
    models = parser.parse_args().models
    for card in models.glob("*/card.md"):
        matter = front_matter(card)
        if facts(card.parent)["sha256"] != matter["sha256"]:
            raise SystemExit(f"{card}: the checkpoint is not the one that was measured")
    for page in (models / "README.md", models.parent / "README.md"):
        replace_between(page, TABLE_START, TABLE_END, table(models))


if __name__ == "__main__":
    main()
