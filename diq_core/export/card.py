"""The card of an export on the Hugging Face hub: its datasheet, and what loads it there."""

from __future__ import annotations

from typing import Any

from diq_core.export.exporters import find_exporter


def card(datasheet: str, format: str, title: str) -> str:
    """Return the README.md of a data set on the hub.

    Args:
        datasheet: the export's, Markdown.
        format: of the export. Its training file alone is what loads as the data set.
        title: what the data set is called on its page.
    """
    import yaml

    exporter = find_exporter(format)
    about: dict[str, Any] = {"pretty_name": title, "tags": ["diq-studio"]}
    if exporter.builder:
        files = [{"split": "train", "path": exporter.file}]
        about["configs"] = [{"config_name": "default", "data_files": files}]
    head = yaml.safe_dump(about, sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n\n{datasheet}"
