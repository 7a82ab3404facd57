"""Dates with more than a year, in English, German, French, Spanish and figures; ages over 89.

A relative time ("three days ago", "on day 5") is no date, neither is a year alone. A month with
nothing but its year counts, as HIPAA has it; a month alone only behind an event ("admitted in
March").
"""

from __future__ import annotations

import re

from diq_core.privacy.rule import Rule, shaped

_MONTHS = (
    r"(?:jan(?:uary|uar|vier|ner)?|j[äa]nner|enero|ene|janv|feb(?:ruary|ruar|rero)?|feber|"
    r"f[ée]v(?:rier)?|mar(?:ch|s|zo)?|m[äa]rz|m[äa]r|mrz|apr(?:il)?|avr(?:il)?|abr(?:il)?|may|mai|"
    r"mayo|june?|juni|juin|junio|july?|juli|juil(?:let)?|julio|aug(?:ust)?|ao[uû]t|ago(?:sto)?|"
    r"sept?(?:ember|embre|iembre)?|setiembre|o[ck]t(?:ober|obre|ubre)?|"
    r"nov(?:ember|embre|iembre)?|de[cz](?:ember|embre)?|d[ée]c(?:embre)?|dic(?:iembre)?)"
)
# Before a year alone, only what no other word is spelt like.
_LONG_MONTHS = (
    r"(?:January|Januar|Janvier|Enero|February|Februar|F[ée]vrier|Febrero|March|Mars|M[äa]rz|Marzo|"
    r"April|Avril|Abril|May|Mai|Mayo|June|Juni|Juin|Junio|July|Juli|Juillet|Julio|August|Ao[uû]t|"
    r"Agosto|September|Septembre|Septiembre|October|Oktober|Octobre|Octubre|November|Novembre|"
    r"Noviembre|December|Dezember|D[ée]cembre|Diciembre|J[äa]nner|Jan|Feb|Mar|Apr|Jun|Jul|Aug|"
    r"Sept?|Oct|Okt|Nov|Dec|Dez|Déc|Dic|Ene|Abr|Ago|Janv|Févr?|Juil|Avr)"
)
# Without a year, a month in small letters must be no other word ("14 may be caused").
_PLAIN_MONTHS = (
    r"(?:(?-i:J(?:an|un|ul|uly|une|anuary)|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|Aug(?:ust)?|"
    r"Sept?(?:ember)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?|Januar|Februar|Juni|Juli|Mai|"
    r"JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)|january|february|april|july|august|"
    r"september|october|november|december|januar|februar|juni|juli|oktober|dezember|m[äa]rz|"
    r"j[äa]nner|janvier|f[ée]vrier|mars|avril|juin|juillet|ao[uû]t|septembre|octobre|novembre|"
    r"d[ée]cembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|"
    r"diciembre|(?-i:mai))"
)
_NEAR_MONTH = (
    "jan jän ene feb fév fev mar mär mrz apr avr abr may mai jun juin jul juil aug aoû aou ago "
    "sep set oct okt nov dec dez déc dic"
)
_NEAR = tuple(_NEAR_MONTH.split())
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:1[89][0-9]{2}|20[0-9]{2})"
_SHORT_YEAR = r"(?:1[89][0-9]{2}|20[0-9]{2}|['’]?[0-9]{2})"
_TH = r"(?:st|nd|rd|th|er|\.|º|°|ª)?"
_WRITTEN_DAY = (
    r"(?:(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth|ersten|zweiten|dritten|"
    r"vierten|f[üu]nften|sechsten|siebten|achten|neunten|zehnten|elften|zw[öo]lften|premier|"
    r"primero)"
)
_EVENT = (
    r"(?:d\.?o\.?b\.?|birth(?: ?date|day)?|born|died|deceased|death|d\.?o\.?d\.?|"
    r"admi(?:tted|ssion)|adm|discharged?|d/c|seen|visit(?:ed)?|surgery|operat(?:ed|ion)|"
    r"procedure|dated?|dos|since|presented|diagnosed|scheduled|appointment|follow[ -]?up|"
    r"signed|expires?|exp|geb(?:oren)?\.?|geburtsdatum|gest(?:orben)?\.?|verstorben|aufnahme|"
    r"aufgenommen|entlass\w{0,5}|datum|n[ée]e? le|naissance|d[ée]c[èe]s|d[ée]c[ée]d[ée]e?|"
    r"admise?|hospitalis[ée]e?|sortie?|nacid[oa]|nacimiento|fallecid[oa]|falleci[óo]|"
    r"fallecimiento|ingres[óo]|ingreso|alta|fecha|f\. ?nac\.?|f\.n\.)"
)
_NEAR_EVENT = (
    "d.o.b",
    "dob",
    "birth",
    "born",
    "died",
    "dece",
    "death",
    "d.o.d",
    "dod",
    "adm",
    "discharge",
    "d/c",
    "seen",
    "visit",
    "surger",
    "operat",
    "procedure",
    "date",
    "dos",
    "since",
    "present",
    "diagnos",
    "schedul",
    "appoint",
    "follow",
    "sign",
    "exp",
    "geb",
    "gest",
    "verst",
    "aufn",
    "aufg",
    "entlass",
    "datum",
    "né",
    "nais",
    "déc",
    "dec",
    "hospitalis",
    "sorti",
    "nac",
    "fallec",
    "ingres",
    "alta",
    "fecha",
    "f.n",
)
_TO = (
    r"(?:[\s:.,=(#*-]{1,4}(?:of|birth|on|in|at|the|was|is|been|am|im|den|der|le|en|el|de|del|du|"
    r"date|datum|home|early|late|mid|again|last|this|next|back|visit|admission|discharge|service|"
    r"death|surgery|ist|est|es|fue|a été|médico|médica|hospital){0,1}){0,4}?[\s:.,=(#*-]{0,3}"
)
_BESIDE = r"(?:\s{1,3}|[-/.]|\.\s|,\s|\s?(?:of|de|del|d['’])\s)"
_APART = r"(?![0-9A-Za-z])"


def _after_event(value: str) -> Rule:
    pattern = rf"(?<![0-9A-Za-z]){_EVENT}{_TO}(?P<value>{value}){_APART}"
    return Rule("date", re.compile(pattern, re.IGNORECASE), near=_NEAR_EVENT)


def _month(pattern: str) -> Rule:
    return shaped("date", pattern, near=_NEAR_MONTH)


def _cased(pattern: str, *near: str) -> Rule:
    return Rule("date", re.compile(rf"(?<![0-9A-Za-z])(?:{pattern}){_APART}"), near=near)


RULES: tuple[Rule, ...] = (
    # 2023-04-05, 2023/4/5, 2023.04.05, with or without a time
    shaped(
        "date",
        rf"{_YEAR}(?P<gap>[-/._]){_MONTH}(?P=gap){_DAY}(?:[T ][0-2]?[0-9]:[0-5][0-9]"
        r"(?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    ),
    # 05.04.2023, 5/4/2023, 04-05-2023, 5. 4. 2023, 05 04 2023
    shaped(
        "date",
        rf"(?:{_DAY}(?P<gap>[-/._ ]|\. |\s/\s|\s-\s){_MONTH}(?P=gap)|"
        rf"{_MONTH}(?P<gap2>[-/._ ]|\s/\s|\s-\s){_DAY}(?P=gap2)){_YEAR}",
    ),
    # 5/4/23, 05.04.23, 05-04-23
    shaped(
        "date",
        rf"(?:{_DAY}(?P<gap>[-/.])(?:{_MONTH})(?P=gap)|{_MONTH}(?P<gap2>[-/]){_DAY}(?P=gap2))"
        r"['’]?[0-9]{2}(?![./-][0-9])",
        sure=False,
    ),
    # 5 April 2023, 05-Apr-23, 5. April 2023, 5 de abril de 2023; the 5th of April, 1er avril
    _month(
        rf"(?:{_DAY}{_TH}|{_WRITTEN_DAY}){_BESIDE}{_MONTHS}\.?(?:{_BESIDE}){{1,2}}{_SHORT_YEAR}"
        r"(?![a-zà-ÿ])"
    ),
    _month(
        rf"(?<![0-9][/.,-])(?:{_DAY}{_TH}(?:\s{{1,2}}|\s?(?:of|de|del|d['’])\s))"
        rf"{_PLAIN_MONTHS}\.?(?![a-zà-ÿ])"
    ),
    # 5APR2023
    _month(
        rf"{_DAY}(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(?:{_YEAR}|[0-9]{{2}})"
    ),
    # April 5th, 2023; Apr. 5; April the 5th; Apr-05-2023
    _month(
        rf"{_MONTHS}\.?(?:\s{{1,3}}(?:the\s)?|[-/.]){_DAY}(?:st|nd|rd|th)?"
        rf"(?:,\s?|\s{{1,3}}|[-/.]){_YEAR}"
    ),
    _month(
        rf"{_PLAIN_MONTHS}\.?(?:\s{{1,3}}(?:the\s)?|-(?=0?[0-9]{{1,2}}-)){_DAY}(?:st|nd|rd|th)?"
        r"(?:(?:,\s?|\s|-)['’]?[0-9]{2})?"
        r"(?![0-9%]|[.:,/-][0-9]|\s?(?:mg|ml|cm|mm|kg|years?|days?|weeks?|months?|hours?|g|l)\b)"
    ),
    # 2023 April 5, 2023-Apr-05
    _month(rf"{_YEAR}(?:,?\s|[-/.]){_MONTHS}\.?(?:\s|[-/.]){_DAY}{_TH}"),
    # April 2023, Apr-2023, April of 2023, April '23
    _cased(
        rf"(?i:{_LONG_MONTHS})\.?(?:,?\s{{1,2}}(?:of\s|de\s|del\s)?|[-/]){_YEAR}", *_NEAR
    ),
    _cased(rf"{_LONG_MONTHS}\.?[\s-]['’][0-9]{{2}}", *_NEAR),
    # 05.IV.2023
    _cased(
        rf"{_DAY}[./ -]{{1,2}}(?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}})[./ -]{{1,2}}{_YEAR}",
        "i", "v", "x",
    ),
    # 2023年4月5日
    Rule(
        "date",
        re.compile(
            r"(?:[12][0-9]{3}\s?年\s?)?[01]?[0-9]\s?月\s?[0-3]?[0-9]\s?[日号]|"
            r"[12][0-9]{3}\s?年\s?[01]?[0-9]\s?月"
        ),
        near=("月",),
    ),
    # behind an event or "date": 20230405, 05042023, 050423; 04/2023; 5/4, 5.4., 04-05; 5 4 23
    _after_event(
        rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|"
        rf"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:{_YEAR}|[0-9]{{2}})|"
        rf"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:{_YEAR}|[0-9]{{2}})"
    ),
    _after_event(rf"{_MONTH}[/.-]{_YEAR}|{_YEAR}[/-](?:0[1-9]|1[0-2])"),
    _after_event(
        rf"{_DAY}/{_MONTH}|{_MONTH}/{_DAY}|{_DAY}\.{_MONTH}\.(?=\s\S)"
        r"(?!\s{1,3}[A-Z][a-z]{1,20} (?:of|is|are|the)\b)|0[1-9]\.(?:0[1-9]|1[0-2])\.?|"
        r"(?:0[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01])"
        r"(?!\s?(?:years?|days?|weeks?|months?|hours?|mg|times))"
    ),
    _after_event(rf"{_DAY}(?P<gap>[-/. ]){_MONTH}(?P=gap)[0-9]{{2}}"),
)  # fmt: skip

_ALONE = (
    r"January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember|janvier|février|mars|avril|juin|juillet|"
    r"août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|"
    r"septiembre|octubre|noviembre|diciembre"
)
MONTHS_ALONE = tuple(_ALONE.lower().split("|"))
IN_WORDS = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?i:{_EVENT})"
    r"(?:\s(?:in|since|last|this|on|im|en|en el mes de|early|late|mid)){1,2}[\s-]"
    rf"(?P<value>{_ALONE})|(?i:{_WRITTEN_DAY})\s(?:of\s)?{_LONG_MONTHS}|"
    rf"{_LONG_MONTHS}\s(?:the\s)?(?i:{_WRITTEN_DAY}))(?![0-9A-Za-zà-ÿ])"
)
"""A month behind an event, or with its day written out."""

_OLD = r"(?:9[0-9]|1[0-2][0-9])"
_OLD_WORDS = (
    r"(?:ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|a)[ -]hundred"
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
    r"(?:patiente?|femme|homme|dame|monsieur|paciente|var[óo]n|mujer|hombre|anciana?o?) de|"
    r"patientin? \()"
)
AGES: tuple[Rule, ...] = (
    Rule(
        "age",
        re.compile(rf"(?<![0-9A-Za-z.,]){_OLD}(?={_OF_AGE})", re.IGNORECASE),
        near=("y", "j", "ans", "a"),
        fewest=2,
    ),
    Rule(
        "age",
        re.compile(
            rf"(?<![0-9A-Za-z]){_AGED}[\s:]{{0,2}}(?P<value>{_OLD})"
            r"(?![0-9A-Za-z%]|[.,:/-][0-9])",
            re.IGNORECASE,
        ),
    ),
    Rule("age", re.compile(rf"(?<![0-9A-Za-z.,]){_OLD}(?=[ -]?(?:yo|y/o|[MF])\b)")),
    Rule("age", re.compile(rf"(?<![0-9A-Za-z.,]){_OLD}(?=岁|\s?歲)")),
)
WRITTEN_AGE = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?:{_AGED})[\s:]{{0,2}}(?P<value>{_OLD_WORDS})(?![0-9A-Za-z])|"
    rf"{_OLD_WORDS}(?={_OF_AGE}))",
    re.IGNORECASE,
)
