"""How to load an export: the lines that the datasheet and the export page show."""

from __future__ import annotations

from diq_core.export.exporters import find_exporter


def how_to_load(format: str, images: bool) -> str:
    """Return Markdown: the lines of Python that load an export, and what a trainer must know."""
    exporter = find_exporter(format)
    if not exporter.builder:
        lines = ["from datasets import load_from_disk", f'data = load_from_disk("{exporter.file}")']
    else:
        lines = [
            "from datasets import load_dataset",
            f'data = load_dataset("{exporter.builder}", data_files="{exporter.file}", '
            'split="train")',
        ]
    if images and exporter.pictures:
        lines[0] += ", Image, List"
        lines.append('data = data.cast_column("images", List(Image()))')
    code = "\n".join(lines)
    return (
        f"In this folder, in Python:\n\n```python\n{code}\n```\n\n{exporter.loading} Every record "
        "keeps the sample's `id`, which trainers pass over."
    )
