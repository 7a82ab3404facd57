"""How many reflective chains a small model writes: the embedded one, behind a real server.

    python -m benchmarks.reflection --samples 8 --out reflection

``transformers serve`` serves the embedded language model from its converted folder, without a
network; ``diq reflect`` asks it about questions of the shipped test set, with the settings below.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from diq_core.cli import app
from diq_core.models.files import find_causal
from diq_core.stages.sources import SHIPPED_BENCHMARKS

_RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
_SETTINGS = ["--attempts", "1", "--corrections", "1", "--max-tokens", "300", "--timeout", "600"]


def main() -> None:
    """Serve, ask, and print what became of the samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--out", type=Path, required=True, help="Folder of a new study.")
    given = parser.parse_args()
    folder = find_causal("embedded").folder
    command = [str(Path(sys.executable).with_name("transformers")), "serve", folder.name,
               "--host", "127.0.0.1", "--port", "0", "--device", "cpu"]  # fmt: skip
    quiet = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    log = given.out.with_suffix(".log")
    with log.open("w") as said:
        server = subprocess.Popen(
            command, cwd=folder.parent, stdout=said, stderr=said, env={**os.environ, **quiet}
        )
        try:
            _reflect(given.out, _address(log, server), folder.name, given.samples)
        finally:
            server.terminate()
            server.wait(30)


def _reflect(study: Path, url: str, model: str, samples: int) -> None:
    questions = str(SHIPPED_BENCHMARKS["MedQA test, 120 questions"])
    for typed in (
        ["new", str(study)],
        ["dataset", questions, "--study", str(study)],
        ["reflect", "--study", str(study), "--endpoint", url, "--model", model,
         "--limit", str(samples), *_SETTINGS],
    ):  # fmt: skip
        app(typed, standalone_mode=False)
    results = json.loads((study / "reflection/reflected/results.json").read_text(encoding="utf-8"))
    print(json.dumps(results, indent=2))


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    while server.poll() is None:
        if found := _RUNNING.search(log.read_text(encoding="utf-8")):
            return f"{found[1]}/v1"
        time.sleep(0.5)
    raise SystemExit(f"the server ended; see {log}")


if __name__ == "__main__":
    main()
