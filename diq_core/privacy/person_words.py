"""The words around a name: titles, labels, degrees, what people do, and what is never a name."""

from __future__ import annotations

import re

TITLES = frozenset(
    """
    mr mrs ms miss mx mister dr drs doctor prof professor nurse sir lady lord rev reverend herr
    herrn frau fr hr monsieur madame mme mlle mademoiselle señor señora señorita sr sra srta don
    doña doctora dra docteur signora signor signore sig pr med dipl pd mevrouw mevr dhr heer senhor
    senhora dona doktor monsignor imam rabbi sheikh shri smt
    """.split()  # noqa: SIM905
)
CITED = re.compile(r"\b(?i:textbook|edition|et al|journal|pp?\.|pg)\b|\((?:19|20)[0-9]{2}\)| ed\b")
"""What stands behind the author of a book or a paper."""
CREDENTIAL = re.compile(
    r",? ?\(?(?:M\.?D\.?|D\.?O\.?|R\.?N\.?|Ph\.?D\.?|N\.?P\.?|P\.?A\.?(?:-C)?|FACS|FACP|"
    r"FRCS|FRCP|MRCP|MBBS|M\.?B\.?B\.?S\.?|RPh|PharmD|DDS|DMD|"
    r"LCSW|MSW|APRN|CRNA|LPN|CNM|DPM|OD|MBChB|Jr\.?|Sr\.?|Esq\.?|MRN|DOB|SSN)(?![A-Za-z])"
)
LABELS = tuple(
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
    donor|recipient|employee|holder|seen today|reviewed|seen|seen by|examined|name of patient|
    given name|first name|last name|surname and name|cognome|nome|naam|imię i nazwisko
    """.replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
BEFORE = tuple(
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
    referral for|consent of|c/o|dossier de|historia de|akte von|befund von|brief an|operated on|
    we saw|we treated|we met|we admitted|we discharged|we examined|we reviewed|i saw|i met|
    i examined|thank you for seeing|thank you for referring|grandmother|grandfather|stepfather|
    stepmother|fiance|paziente|patiënt|pacjent|pacjentka|pasient|visitato da|firmato da
    """.replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
MUST_BE_TWO = (
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
    "seen",
    "reviewed",
    "paziente",
    "patiënt",
)
OF_SOMEBODY = re.compile(
    r"(?<![^\W_])(?:his|her|their|my) (?:wife|husband|mother|father|daughter|son|brother|sister|"
    r"aunt|uncle|partner|grandson|granddaughter|nephew|niece|cousin|girlfriend|boyfriend) $"
)
"""Behind this, one word with a capital is a name, whatever the lists hold."""
NOT_NAMES = frozenset(
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
    because since although while after before during then now since given based upon u.s both
    treatment outcome background methods results conclusion objective purpose aim
    """.split()  # noqa: SIM905
)
PERSON_IS = re.compile(r",? (?:who|was|is|has|had|will|did|does)(?![a-z])|['’]s (?![A-Z])")
RELATIVE = re.compile(
    r"(?:patient|wife|husband|mother|father|daughter|son|brother|sister|aunt|uncle|friend|partner|"
    r"neighbou?r|guardian|tochter|sohn|mutter|vater|ehefrau|ehemann|mère|père|fille|fils|hija|"
    r"hijo|madre|padre), $"
)
NO_DOCTORS = frozenset({"pepper", "who", "google", "oz", "strange", "house"})
TITLE_BEFORE = re.compile(
    r"(?<![^\W_])(?:med|dr|sra?|señora?|herrn?|frau|docteur|monsieur|madame|doctora?|mrs?|"
    r"ms|miss|prof|heer|mevr(?:ouw)?|dhr|sig(?:nora?)?|senhora?)\.? "
    r"(?P<particle>(?:(?:van|von|de|der|den|del|da|dos|di|la|le|ten|ter|al|el) ){0,3})$"
)
AGED = re.compile(
    r"(?:,? (?:is|was) an?|,(?: an?| aged?)?) (?:1[0-2]|[1-9])?[0-9]"
    r"(?:[ -]?(?:year|yr|y[/.]?o\b)|,)|"
    r", (?:1[0-2]|[1-9])?[0-9] (?:lat|años|anni|anos|ans|Jahre|jaar|år|yaşında)\b"
)
"""Behind a name: how old somebody is."""
PERSON_DOES = re.compile(
    r"(?: (?:is|was) an? [0-9]|, (?:an? |aged? )?[0-9]{1,3}\b|"
    r"['’]s (?:mother|father|wife|husband|daughter|son|doctor|family|parents|chart|"
    r"record|records|symptoms|condition|sister|brother)"
    r"| (?:was|is|has|had) (?:admitted|seen|born|discharged|brought|referred|diagnosed|"
    r"transferred|been|complaining|allergic|started|given|taken|advised|examined|treated|"
    r"accompanied|scheduled|feeling|doing|stable|found|told)"
    r"| (?:reports|reported|denies|denied|presented|presents|complains|complained|states|"
    r"stated|came|lives|underwent|received|takes|feels|says|said|called|arrived|returned|"
    r"returns|tolerated|refused|attended|attends|works|agreed|declined|needs|visited|wants|asked|"
    r"asks|told))(?![a-z])"
)
