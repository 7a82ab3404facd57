"""Made-up folders laid out as the public sources of medical images are, with all their quirks.

The texts and pictures are ours; names, nesting, types and oddities are those of the sources.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.pictures import picture


def vqa_rad_osf(root: Path) -> Path:
    """VQA-RAD as its authors publish it: a blank in the image folder, ``'CLOSED '``, integers."""
    rows = [
        _rad("0", "freeform", "synpic1.jpg", "Are the ribs intact?", "Yes", "CLOSED"),
        _rad("1", "para", "synpic2.jpg", "Is there free air?", "no", "CLOSED "),
        _rad("2", "freeform", "synpic2.jpg", "How many masses are seen?", 2, "OPEN"),
        _rad("3", "test_freeform", "synpic1.jpg", "Which plane is this?", "axial", "OPEN"),
        _rad("4", "test_para", "synpic3.jpg", "Is the heart enlarged?", "Yes", "CLOSED "),
    ]
    _pictures(root / "VQA_RAD Image Folder", ["synpic1.jpg", "synpic2.jpg", "synpic3.jpg"])
    return _json(root / "VQA_RAD Dataset Public.json", rows)


def _rad(
    qid: str, phrase: str, image: str, question: str, answer: Any, kind: str
) -> dict[str, Any]:
    return {
        "qid": qid, "phrase_type": phrase, "qid_linked_id": f"link-{qid}",
        "image_case_url": f"https://medpix.nlm.nih.gov/case?id={qid}", "image_name": image,
        "image_organ": "CHEST", "evaluation": "not evaluated", "question": question,
        "question_rephrase": "NULL", "question_relation": "NULL", "question_frame": "NULL",
        "question_type": "PRES", "answer": answer, "answer_type": kind,
    }  # fmt: skip


def hub_parquet(root: Path, name: str = "train-00000-of-00001-eb8844602202be60") -> Path:
    """VQA-RAD and PathVQA on the hub: an image struct, a question, an answer."""
    rows = [
        ("Are the lungs clear?", "no", 1), ("What is shown?", "a bile duct with lymphocytes", 2),
        ("Is this an axial view?", "yes", 3),
    ]  # fmt: skip
    return _parquet(
        root / "data" / f"{name}.parquet",
        [
            {"image": {"bytes": picture(seed), "path": None}, "question": q, "answer": a}
            for q, a, seed in rows
        ],
    )


def slake(root: Path) -> Path:
    """SLAKE: two languages, a folder for each image, closed answers that are no yes or no."""
    _pictures(root / "imgs", ["xmlab1/source.jpg", "xmlab2/source.jpg"])
    rows = [
        _slake(0, 1, "What modality is used?", "MRI", "OPEN", "en"),
        _slake(1, 1, "Does the picture contain liver?", "Yes", "CLOSED", "en"),
        _slake(2, 2, "Which is bigger, liver or kidney?", "Liver", "CLOSED", "en"),
        _slake(3, 2, "图中有肝脏吗？", "有", "CLOSED", "zh"),
    ]
    _json(root / "validate.json", rows[1:2])
    _json(root / "test.json", rows[2:])
    return _json(root / "train.json", rows)


def _slake(
    qid: int, image: int, question: str, answer: str, kind: str, lang: str
) -> dict[str, Any]:
    return {
        "img_id": image, "img_name": f"xmlab{image}/source.jpg", "question": question,
        "answer": answer, "q_lang": lang, "location": "Abdomen", "modality": "MRI",
        "answer_type": kind, "base_type": "vqa", "content_type": "Modality",
        "triple": ["vhead", "_", "_"], "qid": qid,
    }  # fmt: skip


PMC_CHOICES = (" A:Sagittal", " B:Coronal", " C:Axial ", " D:Oblique")
PMC_FOUND = (" A:A cyst", " B:A stone", " C:Air", " D:None")


def pmc_vqa(root: Path) -> Path:
    """PMC-VQA, first version: ``Answer`` is a text, ``Answer_label`` the letter."""
    _pictures(root / "figures", ["PMC1_fig1.jpg", "PMC2_fig2.jpg"])
    rows = [
        ["PMC1_fig1.jpg", " Which plane is shown? ", " Axial ", *PMC_CHOICES, "C"],
        ["PMC2_fig2.jpg", " What is seen?", " A cyst", *PMC_FOUND, "A"],
    ]  # fmt: skip
    head = ["Figure_path", "Question", "Answer", *_choice_names(), "Answer_label"]
    return _csv(root / "train.csv", head, rows)


def pmc_vqa_2(root: Path) -> Path:
    """PMC-VQA, second version: ``Answer`` is the letter, and each row says its split."""
    _pictures(root / "images", ["PMC1_fig1.jpg", "PMC2_fig2.jpg"])
    rows = [
        ["0", "PMC1_fig1.jpg", "CT of the chest.", " Which plane? ", *PMC_CHOICES, "C", "test"],
        ["1", "PMC2_fig2.jpg", "A cyst.", " What is seen?", *PMC_FOUND, "A", "test"],
    ]  # fmt: skip
    head = ["index", "Figure_path", "Caption", "Question", *_choice_names(), "Answer", "split"]
    return _csv(root / "test_2.csv", head, rows)


def _choice_names() -> list[str]:
    return [f"Choice {letter}" for letter in "ABCD"]


def omnimedvqa(root: Path) -> Path:
    """OmniMedVQA: a file for each set two folders below the root that its image paths begin at."""
    _pictures(root / "Images" / "ACRIMA", ["Im1_g_ACRIMA.png", "Im2_ACRIMA.png"])
    _pictures(root / "Images" / "Chest CT Scan", ["a 1.png"])
    rows = [
        _omni("ACRIMA", 0, "ACRIMA/Im1_g_ACRIMA.png", "Glaucoma", ["Normal", "Glaucoma"]),
        _omni("ACRIMA", 1, "ACRIMA/Im2_ACRIMA.png", "No, It is healthy.",
              ["Yes, there is glaucoma.", "No, It is healthy.", "Stroke", "None of the above"]),
    ]  # fmt: skip
    other = [_omni("Chest CT Scan", 0, "Chest CT Scan/a 1.png", "CT", ["MRI", "CT", "X-ray"])]
    _json(root / "QA_information" / "Open-access" / "Chest CT Scan.json", other)
    return _json(root / "QA_information" / "Open-access" / "ACRIMA.json", rows)


def _omni(name: str, number: int, image: str, right: str, texts: Sequence[str]) -> dict[str, Any]:
    return {
        "dataset": name, "question_id": f"{name}_{number:04d}", 
        "question_type": "Disease Diagnosis", 
        "question": "What does this image show?", "gt_answer": right,
        "image_path": f"Images/{image}", "modality_type": "Fundus Photography",
        **{f"option_{letter}": text for letter, text in zip("ABCD", texts, strict=False)},
    }  # fmt: skip


def mmmu(root: Path, subject: str = "Clinical_Medicine") -> Path:
    """MMMU: options a Python list as text, ``<image n>`` in question and options, open ones too."""
    rows = [
        _mmmu(subject, 1, "Which is seen in <image 1>?", ["a fracture", "it's \"normal\""], "A", 1),
        _mmmu(subject, 2, "<image 1> Which belongs to it?", ["<image 2>", "<image 3>"], "B", 3),
        _mmmu(subject, 3, "How long is the lesion in <image 1>, in mm?", [], "12", 1),
        _mmmu(subject, 4, "Compare <image 1> with <image 2>.\nIs <image 1> older?", _POLAR, "A", 2),
    ]  # fmt: skip
    types = {f"image_{number}": _STRUCT for number in range(1, 8)}
    texts = [name for name in rows[0] if name not in types]
    schema = pa.schema({**{name: pa.string() for name in texts}, **types})
    target = root / subject / "validation-00000-of-00001.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema), target)
    return target


_POLAR = ("Yes", "No")
_STRUCT = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def _mmmu(
    subject: str, number: int, question: str, options: Sequence[str], answer: str, images: int
) -> dict[str, Any]:
    return {
        "id": f"validation_{subject}_{number}", "question": question,
        "options": repr(list(options)),
        "explanation": "", "img_type": "['Body Scans: MRI, CT scans, and X-rays']",
        "answer": answer, "topic_difficulty": "Medium",
        "question_type": "multiple-choice" if options else "open", "subfield": "Clinical Radiology",
        **{
            f"image_{place}": {"bytes": picture(10 * number + place), "path": f"{place}.png"}
            if place <= images else None
            for place in range(1, 8)
        },
    }  # fmt: skip


def medxpertqa_mm(root: Path, *, bare: bool = True) -> Path:
    """MedXpertQA-MM: bare names or objects of a path, files in ``images/``, choices told twice."""
    names = ["MM-26-a.jpeg", "MM-26-b.jpeg", "MM-27-a.jpeg"]
    _pictures(root / "images", names)
    rows = [
        _medxpert("MM-26", "What is the diagnosis?", names[:2], "B", bare),
        _medxpert("MM-27", "Which is the next step?", names[2:], "A", bare),
    ]
    return _jsonl(root / "test.jsonl", rows)


def _medxpert(id: str, stem: str, images: Sequence[str], label: str, bare: bool) -> dict[str, Any]:
    texts = {"A": "Scurvy", "B": "Rickets", "C": "Gout"}
    options: Any = texts
    if bare:
        options = [{"letter": letter, "content": text} for letter, text in texts.items()]
    shown = " ".join(f"({letter}) {text}" for letter, text in texts.items())
    return {
        "id": id, "question": f"{stem}\nAnswer Choices: {shown}", "options": options,
        "label": label, "images": list(images) if bare else [{"image_path": n} for n in images],
        "medical_task": "Diagnosis", "body_system": "Skeletal", "question_type": "Reasoning",
    }  # fmt: skip


def pubmedvision(root: Path) -> Path:
    """PubMedVision: a list of images beside a conversation without marks, several turns."""
    _pictures(root / "images", ["pmc_1_0.jpg", "pmc_1_1.jpg", "pmc_2_0.jpg"])
    rows = [
        {
            "image": ["images/pmc_1_0.jpg", "images/pmc_1_1.jpg"], "id": "alignment_1",
            "modality": "Computed Tomography", "body_part": "Chest",
            "conversations": [
                {"from": "human", "value": "What do these images show?"},
                {"from": "gpt", "value": "Two views of a nodule."},
            ],
        },
        {
            "image": ["images/pmc_2_0.jpg"], "id": "instruct_2", "modality": "MRI",
            "body_part": "Head",
            "conversations": [
                {"from": "human", "value": "Which sequence is this?"},
                {"from": "gpt", "value": "A T2 sequence."},
                {"from": "human", "value": "Why?"},
                {"from": "gpt", "value": "Because fluid is bright."},
            ],
        },
    ]  # fmt: skip
    return _json(root / "PubMedVision_InstructionTuning_VQA.json", rows)


def llava_med(root: Path) -> Path:
    """LLaVA-Med: its key is ``conversatons``, and the image is shown by a mark in a turn."""
    _pictures(root / "images", ["32_F1.jpg", "33_F2.jpg"])
    domain = {
        "chest_xray": False,
        "mri": True,
        "histology": False,
        "gross": False,
        "ct_scan": False,
    }
    rows = [
        _llava(32, "32_F1.jpg", domain, "<image>\nWhat is the imaging modality?", "It is an MRI."),
        _llava(33, "33_F2.jpg", domain, "Where is the lesion?\n<image>", "In the left lobe."),
    ]
    return _json(root / "llava_med_instruct_10k.json", rows)


def _llava(
    number: int, image: str, domain: Mapping[str, bool], question: str, answer: str
) -> dict[str, Any]:
    return {
        "id": f"{number}", "image": image, "pair_id": f"{number}_F", "domain": dict(domain),
        "conversatons": [
            {"from": "human", "value": question}, {"from": "gpt", "value": answer},
            {"from": "human", "value": "Is it large?"}, {"from": "gpt", "value": "No."},
        ],
    }  # fmt: skip


def _pictures(folder: Path, names: Sequence[str]) -> None:
    for number, name in enumerate(names):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture(100 + number, "PNG" if name.endswith(".png") else "JPEG"))


def _json(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(rows), ensure_ascii=False), encoding="utf-8")
    return path


def _jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def _parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path
