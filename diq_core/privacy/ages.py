"""Ages over 89, in figures and in words."""

from __future__ import annotations

import re

from diq_core.privacy.rule import Rule

_OLD = r"(?:9[0-9]|1[0-2][0-9])"
_OLD_WORDS = (
    r"(?:ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:(?:one|a)[ -])?hundred"
    r"(?:[ -](?:and[ -])?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))?|"
    r"(?:ein|zwei|drei|vier|f[üu]nf|sechs|sieben|acht|neun)?(?:und)?neunzig|(?:ein)?hundert|"
    r"quatre-vingt-(?:dix(?:-(?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize)|cent|"
    r"noventa(?: y (?:uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve))?|cien)"
)
_OF_AGE = (
    r"(?:[\s-]{0,2}years?[\s-]{0,2}(?:old|of age)|[\s-]{0,2}y(?:ea)?rs?\.?[\s-]{0,2}old|"
    r"\s?-?\s?y\.?[/ -]?o\.?\b|"
    r"[\s-]{0,2}y(?:r|rs|ear|ears)?[\s-](?:male|female|man|woman|lady|gentleman|m|f)\b|"
    r"[\s-]{0,2}(?:j[äa]hrige?[nrms]?|Jahre?n? alt)|[\s-]{0,2}ans d['’][âa]ge|\s?a[ñn]os de edad)"
)
_AGED = (
    r"(?:aged?|age(?:d| is| was|:)|at (?:the )?age(?: of)?|age[\s:=]{1,3}|im alter von|"
    r"alter[\s:]{1,3}|[âa]g[ée]e?s? de|[âa]ge ?: ?|edad(?: de)?[\s:]{1,3}|de edad|turned|turning|"
    r"(?:turned|turning|aged?) a|"
    r"(?:patiente?|femme|homme|dame|monsieur|paciente|var[óo]n|mujer|hombre|anciana?o?) de|"
    r"patientin? \()"
)
_AGED_STEMS = frozenset(
    ("age", "agé", "alt", "anc", "at", "dam", "de", "eda", "fem", "hom", "im", "mon", "muj", "pac",
     "pat", "tur", "var", "âge", "âgé")
)  # fmt: skip
_RUNS = range(2, 4)
AGES: tuple[Rule, ...] = (
    Rule(
        "age",
        re.compile(rf"(?<![0-9A-Za-z.,]){_OLD}(?={_OF_AGE})", re.IGNORECASE),
        near=("y", "j", "ans", "a"),
        fewest=2,
        runs=_RUNS,
    ),
    Rule(
        "age",
        re.compile(
            rf"(?<![0-9A-Za-z]){_AGED}[\s:]{{0,2}}(?P<value>{_OLD})"
            r"(?![0-9A-Za-z%]|[.,:/-][0-9])",
            re.IGNORECASE,
        ),
        stems=_AGED_STEMS,
    ),
    Rule("age", re.compile(rf"(?<![0-9A-Za-z.,]){_OLD}(?=[ -]?(?:yo|y/o|[MF])\b)"), runs=_RUNS),
    Rule("age", re.compile(rf"(?<![0-9A-Za-z.,]){_OLD}(?=岁|\s?歲)"), runs=_RUNS),
)
WRITTEN_AGE = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?:{_AGED})[\s:]{{0,2}}(?P<value>{_OLD_WORDS})(?![0-9A-Za-z])|"
    rf"{_OLD_WORDS}(?={_OF_AGE}))",
    re.IGNORECASE,
)
