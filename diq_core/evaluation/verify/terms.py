"""Short texts as they are compared: spelling, plurals, fillers and listed synonyms made one."""

from __future__ import annotations

import re
from functools import lru_cache

from diq_core.evaluation.reading_tokens import fold

_FILLER_WORDS = """
a an the it is are was were be this that these there here of in on at with to for from by
image images picture pictures shows show shown showing seen visible demonstrates depicts patient
has have likely probably most side sided plane view scan weighted located finding diagnosis
answer der die das ein eine ist es im la le les un une el los las est
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
_SYNONYMS = """
mri | magnetic resonance imaging | magnetic resonance | mr imaging | mr | nmr
ct | computed tomography | computerised tomography | computerized tomography | cat | ct
xray | x ray | radiograph | plain film | plain radiograph | radiography | roentgenogram
ultrasound | sonography | ultrasonography | sonogram | us
pet | positron emission tomography
ecg | ekg | electrocardiogram | electrocardiography
eeg | electroencephalogram
pa | posteroanterior | posterior anterior | postero anterior
ap | anteroposterior | anterior posterior | antero posterior
axial | transverse
myocardial infarction | heart attack
stroke | cerebrovascular accident | cva
pulmonary embolism | pulmonary embolus
hypertension | high blood pressure
copd | chronic obstructive pulmonary disease
tuberculosis | tb
bilateral | both
cardiomegaly | enlarged heart | enlarged cardiac silhouette
hematoxylin eosin | h e | haematoxylin and eosin
"""
_WORD = re.compile(r"[^\W_]+(?:['’]s?\b)?")
_POSSESSIVE = re.compile(r"['’]s?$")
_BRITISH = """
aemia emia | haem hem | oede ede | oeso eso | tumour tumor | paed ped | gynaec gynec | colour color
diarrhoea diarrhea | fibre fiber | centre center | litre liter | foet fet | anaes anes | caec cec
isation ization | ised ized | ising izing
"""
_SPELLINGS = [pair.split() for pair in re.split(r"[|\n]", _BRITISH.strip())]

UNKNOWN = re.compile(
    r"\b(?:(?:do|does|did)\s?n[o'’]?t know|not sure|unsure|can(?:not|['’]t)\s+(?:tell|say|determine"
    r"|be determined|answer|see)|unable to|impossible to|it depends|i am not able|no idea"
    r"|weiss? (?:es )?nicht|ne sais pas|no (?:lo )?sé)\b|不知道|无法",
    re.IGNORECASE,
)
"""What says that no answer is given."""


@lru_cache(maxsize=1 << 12)
def terms(text: str) -> tuple[str, ...]:
    """Return the words of a short text, as they are compared, in order and none twice in a row.

    Case, accents, British spelling, plurals, articles and fillers make no difference; a listed
    synonym is written as the first of its row.
    """
    words = [_plain(word) for word in _WORD.findall(fold(text).casefold())]
    joined = _with_synonyms([word for word in words if word and word not in _FILLERS])
    return tuple(word for at, word in enumerate(joined) if not at or joined[at - 1] != word)


def _plain(word: str) -> str:
    word = _POSSESSIVE.sub("", word)
    for british, american in _SPELLINGS:
        word = word.replace(british, american)
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "as"))
    return word[:-1] if plural else word


def _table() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in _SYNONYMS.strip().splitlines():
        first, *others = [part.strip() for part in line.split("|")]
        for phrase in others:
            words = tuple(_plain(word) for word in phrase.split())
            found.setdefault(words[0], []).append((words, first))
    for phrases in found.values():
        phrases.sort(key=lambda entry: -len(entry[0]))
    return found


_PHRASES = _table()


def _with_synonyms(words: list[str]) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(words):
        for phrase, name in _PHRASES.get(words[at], ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                found += name.split()
                at += len(phrase)
                break
        else:
            found.append(words[at])
            at += 1
    return found
