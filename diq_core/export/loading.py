"""How to load an export: the lines that the datasheet and the export page show."""

from __future__ import annotations

from diq_core.config import ExportFormat

_BUILDERS: dict[ExportFormat, str] = {"parquet": "parquet", "csv": "csv"}
_NOTES: dict[ExportFormat, str] = {
    "trl": (
        "TRL's `SFTTrainer` takes `data` as it is; with `SFTConfig(assistant_only_loss=True)` it "
        "learns from responses only."
    ),
    "prompt-completion": "TRL's `SFTTrainer` takes `data` as it is and learns from responses only.",
    "alpaca": (
        "`instruction` holds the whole question and `input` is empty. Where the fields `system` "
        "and `history` exist, use a trainer that reads them, LLaMA-Factory or Axolotl."
    ),
    "sharegpt": "LLaMA-Factory and Axolotl read `train.jsonl` with their default names.",
    "parquet": "TRL's `SFTTrainer` takes `data` as it is.",
    "datasets": "TRL's `SFTTrainer` takes `data` as it is.",
    "csv": (
        "For reading and for spreadsheets; train from another format. A cell that begins with "
        "`=`, `+`, `-`, `@`, a tab, a carriage return or a full-width form of these signs has a "
        "leading apostrophe, so that no spreadsheet executes it. All other cells are exact."
    ),
    "llama-factory": (
        "For LLaMA-Factory itself set `dataset_dir` to this folder and `dataset: diq`."
    ),
}


def how_to_load(format: ExportFormat, images: bool) -> str:
    """Return Markdown: the lines of Python that load an export, and what a trainer must know."""
    if format == "datasets":
        lines = ["from datasets import load_from_disk", 'data = load_from_disk("train")']
    else:
        builder = _BUILDERS.get(format, "json")
        file = f"train.{'jsonl' if builder == 'json' else builder}"
        lines = [
            "from datasets import load_dataset",
            f'data = load_dataset("{builder}", data_files="{file}", split="train")',
        ]
    if images and format not in ("csv", "alpaca"):
        lines[0] += ", Image, List"
        lines.append('data = data.cast_column("images", List(Image()))')
    code = "\n".join(lines)
    return (
        f"In this folder, in Python:\n\n```python\n{code}\n```\n\n{_NOTES[format]} Every record "
        "keeps the sample's `id`, which trainers pass over."
    )
