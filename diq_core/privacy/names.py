"""Names of people: behind a title, a label or "seen by", before a degree, or by the lists.

Every run of capitalised words is looked at once. A name behind a title or a label is sure; two
words that stand in the lists of given names and surnames are not. What medicine is named after
(`eponyms`) is no person unless a title says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diq_core.privacy.eponyms import EPONYMS, NOUNS
from diq_core.privacy.people import doubtful_names, given_names, plain, surnames

_UP = "A-ZÀ-ÖØ-ÞĀĂĄĆĈČĎĐĒĖĘĚĞĢĪİĶĹĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŴŶŸŹŻŽȘȚ"
_PARTICLE = (
    r"(?:van|von|vom|zu|zur|de|der|den|del|della|di|da|dos|du|des|la|le|el|bin|ibn|al|ten|ter|y|e)"
)
_WORD = rf"[{_UP}][\w'’]{{0,30}}(?:-[{_UP}a-z][\w'’]{{0,30}}){{0,3}}\.?"
RUN = re.compile(
    rf"(?<![\w@/\\-]){_WORD}(?:,?[ ](?:{_PARTICLE}[ ]){{0,3}}(?:(?:[dl]|O)['’])?{_WORD}){{0,6}}"
)
_TOKEN = re.compile(r"[^ ,]+")

_TITLES = frozenset(
    """
    mr mrs ms miss mx mister dr drs doctor prof professor nurse sir lady lord rev reverend herr
    herrn frau fr hr monsieur madame mme mlle mademoiselle señor señora señorita sr sra srta don
    doña doctora dra docteur signora signor pr med dipl pd
    """.split()  # noqa: SIM905
)
_CITED = re.compile(r"\b(?i:textbook|edition|et al|journal|pp?\.|pg)\b|\((?:19|20)[0-9]{2}\)| ed\b")
"""What stands behind the author of a book or a paper."""
_CREDENTIAL = re.compile(
    r",? ?\(?(?:M\.?D\.?|D\.?O\.?|R\.?N\.?|Ph\.?D\.?|N\.?P\.?|P\.?A\.?(?:-C)?|FACS|FACP|"
    r"FRCS|FRCP|MRCP|MBBS|M\.?B\.?B\.?S\.?|RPh|PharmD|DDS|DMD|"
    r"LCSW|MSW|APRN|CRNA|LPN|CNM|DPM|OD|MBChB|Jr\.?|Sr\.?|Esq\.?|MRN|DOB|SSN)(?![A-Za-z])"
)
_LABELS = tuple(
    """
    patient|patients|pt|name|names|surname|mother|father|spouse|wife|husband|daughter|son|brother|
    sister|contact|kin|guardian|caregiver|attending|physician|provider|surgeon|pcp|doctor|signed|
    signed by|dictated by|author|cc|nom|prénom|prenom|nombre|apellido|apellidos|paciente|
    patientin|vorname|nachname|familienname|rufname|médecin|medecin|médico|medico|arzt|ärztin|
    unterschrift|gez|witness|reviewed by|interpreter|from|to|relative|partner|nurse|reporter|
    client|resident|consultant|radiologist|pathologist|anesthesiologist|anaesthetist|therapist|gp|
    by|subject|insured|subscriber|applicant|parent|madre|padre|mère|père|conjoint|épouse|époux|
    ehefrau|ehemann|mutter|vater|kontakt|angehörige|angehöriger|hausarzt|firmado|firma|signature|
    signé|assistant|cardiologist|operator|dear|beneficiary|traitant|tratante|contacto|familiar|
    esposa|esposo|technologist|counselor|case manager|social worker|versicherter|versicherte|
    donor|recipient|employee|holder
    """.replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
_BEFORE = tuple(
    """
    seen by|examined by|evaluated by|treated by|referred by|referred to|followed by dr|
    operated by|operated on by|discharged by|admitted by|interviewed by|assessed by|signed by|
    dictated by|reviewed by|performed by|prescribed by|managed by|accompanied by|cared for by|
    delivered by|written by|completed by|approved by|verified by|witnessed by|ordered by|
    supervised by|attended by|consulted by|visited by|called by|spoke with|spoke to|spoken with|
    discussed with|talked to|met with|my name is|name is|name was|named|i am|i'm|known as|patient|
    pt|wife|husband|mother|father|daughter|son|brother|sister|aunt|uncle|friend|neighbor|
    neighbour|partner|fiancé|fiancée|caregiver|guardian|grandson|granddaughter|roommate|
    son-in-law|daughter-in-law|girlfriend|boyfriend|nephew|niece|cousin|dear|sincerely|regards|
    thanks|surgeon|physician|attending|cardiologist|neurologist|oncologist|therapist|patientin|
    heißt|heisst|namens|ehefrau|ehemann|tochter|sohn|mutter|vater|schwester|bruder|behandelt von|
    untersucht von|überwiesen von|unterschrieben von|gezeichnet|gez.|liebe|lieber|sehr geehrter|
    je m'appelle|je m’appelle|s'appelle|s’appelle|nommé|nommée|patiente|examiné par|examinée par|
    vu par|vue par|suivi par|suivie par|adressé par|adressée par|opéré par|opérée par|signé par|
    épouse|cher|chère|se llama|me llamo|llamado|llamada|paciente|atendido por|atendida por|
    visto por|vista por|remitido por|remitida por|firmado por|operado por|operada por|hija|hijo|
    esposa|esposo|querido|estimado|estimada|querida|report of|records of|record of|chart of|
    chart for|note for|letter for|results for|behalf of|care of|prescription for|appointment for|
    referral for|consent of|c/o|dossier de|historia de|akte von|befund von|brief an
    """.replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
_MUST_BE_TWO = (
    "i am",
    "i'm",
    "dear",
    "patient",
    "pt",
    "patiente",
    "paciente",
    "patientin",
    "by",
    "to",
    "from",
)
_NOT_NAMES = frozenset(
    """
    the a an and or of in on at to for with by is was has had are were who he she it they his her
    their i we you my our your this that these those there here what which when where why how if
    as but so no not yes hello hi dear sincerely regards please thanks
    thank good morning doctor patient patients
    question answer explanation option options ref reference note history physical examination
    exam assessment plan january february march april may june july august september october
    november december jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday
    thursday friday saturday sunday mon tue wed thu fri sat sun montag dienstag mittwoch
    donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes
    martes miércoles jueves viernes sábado domingo januar märz mai juni juli oktober dezember mrn
    dob ssn dod id date address phone tel fax email e-mail age sex male female gender room bed
    ward unit insurance account number no nr street avenue road hospital clinic university
    department medical medicine center centre health care general memorial saint city state county
    college school institute laboratory emergency intensive american english french german spanish
    indian chinese african european asian british japanese hispanic caucasian white black latino
    usa us uk eu who cdc fda nih icu er ed or ct mri ecg ekg eeg bp hr rr wbc rbc hb dna rna hiv
    aids covid copd chf dm htn cad cva tb uti iv im po bid tid qid prn type stage class group
    grade case chapter figure fig table part section phase step level syndrome disease test sign
    score scale criteria none unknown normal positive negative blood heart lung liver kidney brain
    chest abdomen left right upper lower acute chronic der die das ein eine und oder mit von bei
    im am er sie es wir ich wurde ist war le la les un une des du et il elle je nous est était el
    los las una y él ella yo fue era therefore however thus hence also additionally furthermore
    because since although while after before during then now since given based upon
    """.split()  # noqa: SIM905
)
_PERSON_IS = re.compile(r",? (?:who|was|is|has|had|will|did|does)(?![a-z])|['’]s (?![A-Z])")
_RELATIVE = re.compile(
    r"(?:wife|husband|mother|father|daughter|son|brother|sister|aunt|uncle|friend|partner|"
    r"neighbou?r|guardian|tochter|sohn|mutter|vater|ehefrau|ehemann|mère|père|fille|fils|hija|"
    r"hijo|madre|padre), $"
)
_NO_DOCTORS = frozenset({"pepper", "who", "google", "oz", "strange", "house"})
SMALL = re.compile(
    r"(?<![^\W_])(?:name|nom|nombre)\s?(?:is|[:=-])\s{0,2}"
    r"(?P<value>[a-zà-ÿ'’-]{2,20}(?: [a-z]\.?)?(?:,? [a-zà-ÿ'’-]{2,20}))"
)
"""Names behind "name:" in small letters; `small` says whether it is one."""
_TITLE_BEFORE = re.compile(
    r"(?<![^\W_])(?:med|dr|sra?|señora?|herrn?|frau|docteur|monsieur|madame|doctora?|mrs?|"
    r"ms|miss|prof)\.? $"
)
_EPONYM_AFTER = re.compile(r"(?:['’]s?)?[ -]+([a-zéíA-Z]+)|['’]s?(?![a-z])")
_PERSON_DOES = re.compile(
    r"(?: (?:is|was) an? [0-9]|, (?:an? |aged? )?[0-9]{1,3}\b|"
    r"['’]s (?:mother|father|wife|husband|daughter|son|doctor|family|parents|chart|"
    r"record|records|symptoms|condition|sister|brother)"
    r"| (?:was|is|has|had) (?:admitted|seen|born|discharged|brought|referred|diagnosed|"
    r"transferred|been|complaining|allergic|started|given|taken|advised|examined|treated|"
    r"accompanied|scheduled|feeling|doing|stable|found|told)"
    r"| (?:reports|reported|denies|denied|presented|presents|complains|complained|states|"
    r"stated|came|lives|underwent|received|takes|feels|says|said|called|arrived|returned|"
    r"returns|tolerated|refused|attended|agreed|declined|needs|visited|wants|asked|asks|"
    r"told))(?![a-z])"
)


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    plain: str
    start: int
    end: int


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and whether it is sure of each name in one run of capitalised words."""
    for part in _parts(text, start, end):
        titled = 1 + max((at for at, each in enumerate(part) if each.plain in _TITLES), default=-1)
        rest = part[titled:]
        yield from _judge(text, rest, _is_title(part[:titled], rest) or _title_before(text, part))


def _is_title(titles: list[_Token], rest: list[_Token]) -> bool:
    """Return whether it is "Mr" or "MR. SMITH", and not "MR imaging" or "HR"."""
    if not titles or not rest:
        return False
    shouted = len(titles[-1].word) > 1 and titles[-1].word.isupper()
    return not shouted or (rest[-1].word.isupper() and rest[-1].plain in surnames())


def small(value: str) -> bool:
    """Return whether words in small letters are a name by the lists."""
    words = [plain(each) for each in re.split(r"[ ,]+", value)]
    return any(each in given_names() for each in words) and words[-1] not in _NOT_NAMES


def _parts(text: str, start: int, end: int) -> Iterator[list[_Token]]:
    """Cut a run where a sentence ends: at a full stop behind what is no initial and no title."""
    part: list[_Token] = []
    for match in _TOKEN.finditer(text, start, end):
        raw = match.group()
        word = re.sub(r"['’]s$", "", raw.rstrip("."))
        token = _Token(word, plain(word), match.start(), match.start() + len(word))
        part.append(token)
        last = word.rsplit("-", 1)[-1]
        if raw.endswith(".") and len(last) > 1 and token.plain not in _TITLES:
            yield part
            part = []
    if part:
        yield part


def _title_before(text: str, part: list[_Token]) -> bool:
    before = text[max(0, part[0].start - 14) : part[0].start] if part else ""
    return _TITLE_BEFORE.search(before) is not None


def _judge(text: str, part: list[_Token], titled: bool) -> Iterator[tuple[int, int, bool]]:
    if not (titled and part and part[0].plain in surnames()):
        part = _trim(part)
    if not part:
        return
    start, end = part[0].start, part[-1].end
    long = [each for each in part if len(each.word) > 1]
    if titled:
        if long and not _noun_after(text, part) and part[0].plain not in _NO_DOCTORS:
            yield start, end, True
    elif long and (credited := _credited(text, part)):
        yield start, credited, True
    elif long and (_labelled(text, part) or _related(text, part)):
        yield start, end, True
    else:
        yield from _listed(text, part)


def _trim(part: list[_Token]) -> list[_Token]:
    while part and part[0].plain in _NOT_NAMES:
        part = part[1:]
    for at, token in enumerate(part):
        if token.plain in _NOT_NAMES and len(token.word) > 1:
            return part[:at]
    return part


def _labelled(text: str, part: list[_Token]) -> bool:
    before = text[max(0, part[0].start - 36) : part[0].start].casefold()
    if _eponymous(text, part):
        return False
    known = _is_given(part[0]) or (part[0].plain in surnames() and len(part) > 1)
    if before.endswith("known as ") and not _is_given(part[0]):
        return False
    bare = before.rstrip(" \t:=*_-—–|\"'“([")
    if bare != before.rstrip(" ") or before.endswith("\n"):
        return bare.endswith(_LABELS) and _whole(bare, _LABELS) and (known or len(part) > 1)
    if not before.endswith(" ") or not bare.endswith(_BEFORE) or not _whole(bare, _BEFORE):
        return False
    if bare.endswith(("paciente", "patiente", "patientin")):
        return len(part) > 1
    if bare.endswith(_MUST_BE_TWO):
        return known and (len(part) > 1 or part[0].plain in given_names())
    return known or len(part) > 1


def _whole(bare: str, endings: tuple[str, ...]) -> bool:
    """Return whether one of the endings is no mere end of a longer word."""
    return any(bare.endswith(each) and not bare[: -len(each)][-1:].isalnum() for each in endings)


def _related(text: str, part: list[_Token]) -> bool:
    """Return whether it is told whose relative this is: "her daughter, Ann Lee,"."""
    before = text[max(0, part[0].start - 20) : part[0].start]
    return len(part) > 1 and _surname(part[-1]) and _RELATIVE.search(before) is not None


def _credited(text: str, part: list[_Token]) -> int:
    """Return the end of a name of two words or more that a degree or "MRN" follows, else 0."""
    ends = [each.end for each in part[1:] if _CREDENTIAL.match(text, each.end)]
    return ends[0] if ends else 0


def _given_here(text: str, token: _Token, end: int) -> bool:
    """Return whether it is a given name, or is doubtful and does what people do."""
    if _is_given(token):
        return True
    return token.plain in doubtful_names() and (
        _PERSON_DOES.match(text, end) is not None or _PERSON_IS.match(text, end) is not None
    )


def _is_given(token: _Token) -> bool:
    return token.plain in given_names() or token.plain.split("-")[0] in given_names()


def _listed(text: str, part: list[_Token]) -> Iterator[tuple[int, int, bool]]:
    for at, token in enumerate(part):
        rest = part[at:]
        if "," in text[token.end : token.end + 1] and len(rest) > 1:
            if token.plain in surnames() and _is_given(rest[1]) and not _noun_after(text, rest[:2]):
                if not _CITED.search(text, rest[1].end, rest[1].end + 60):
                    yield token.start, rest[min(2, len(rest) - 1)].end, False
                return
        elif _given_here(text, token, part[-1].end):
            whole = _until_comma(text, rest)
            if _CITED.search(text, whole[-1].end, whole[-1].end + 60):
                return
            if len(whole) > 1 and _surname(whole[-1]) and not _eponymous(text, whole):
                yield token.start, whole[-1].end, False
                return
            if at == 0 and len(part) == 1 and _alone(text, token):
                yield token.start, token.end, False
                return


def _alone(text: str, token: _Token) -> bool:
    """Return whether a given name alone is somebody who does what patients do."""
    if token.plain in EPONYMS or not _PERSON_DOES.match(text, token.end):
        return False
    return not text[max(0, token.start - 2) : token.start].strip(" \n(").isalnum()


def _until_comma(text: str, part: list[_Token]) -> list[_Token]:
    for at, token in enumerate(part):
        if "," in text[token.end : token.end + 2]:
            return part[: at + 1]
    return part


def _surname(token: _Token) -> bool:
    return len(token.word) > 1 and token.plain.replace("'", "").replace("’", "") in surnames()


def _eponymous(text: str, part: list[_Token]) -> bool:
    """Return whether this is the name of a disease, a test or a book rather than a person."""
    alone = all(each.plain in EPONYMS for each in part)
    return alone or _noun_after(text, part)


def _noun_after(text: str, part: list[_Token]) -> bool:
    """Return whether what stands around says that this is a disease, a test or a citation."""
    if text[max(0, part[0].start - 6) : part[0].start].endswith(("St. ", "Saint ", "St ")):
        return True
    after = _EPONYM_AFTER.match(text, part[-1].end)
    noun = (after.group(1) or "").casefold() if after else ""
    return noun in NOUNS


def two_words(text: str) -> bool:
    """Return whether a line is nothing but a given name and a surname, in either order."""
    words = [plain(each) for each in re.findall(r"[^\W\d_]{2,}", text)]
    return 1 < len(words) < 5 and any(
        each in given_names() and other in surnames()
        for each in words for other in words if each != other
    )  # fmt: skip


def may_be_name(text: str, start: int, end: int) -> bool:
    """Return whether words that a model takes for a name are not plainly something else."""
    tokens = [token for part in _parts(text, start, end) for token in part]
    if not tokens or not text[start].isupper() or any(map(str.isdecimal, text[start:end])):
        return False
    if all(each.word.isupper() for each in tokens) and len(tokens) == 1:
        return False
    known = any(_is_given(each) or _surname(each) for each in tokens)
    return known and not _eponymous(text, tokens) and tokens[-1].plain not in _NOT_NAMES
