"""What others published of the seven benchmarks. None of it was measured here."""

from __future__ import annotations

from collections.abc import Mapping

PUBLISHED: Mapping[str, float] = {
    "Qwen2.5-VL-3B (base)": 49.20,
    "InfiMed-SFT-3B": 57.02,
    "InfiMed-RL-3B": 59.18,
    "InternVL3-8B": 57.30,
    "Lingshu-7B": 61.80,
}
"""Model → mean of the seven benchmarks in %. Source: arXiv 2505.23867 v3."""
PUBLISHED_NOTE = (
    "Others' numbers, from arXiv 2505.23867 v3: plain means of the seven benchmarks in %, measured "
    "there with MedEvalKit and Qwen2.5-72B as judge. Another harness, other prompts and another "
    "judge: they stand here for orientation and cannot be compared with the figures above"
)
