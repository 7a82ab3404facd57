"""Where somebody lives: streets, ZIP codes, towns beside them or behind "lives in"."""

from __future__ import annotations

import re

from diq_core.privacy.rule import Rule, labelled, shaped

_STATES = (
    r"(?:A[AEKLPRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|"
    r"N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY])"
)
_STATE = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|"
    "Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|"
    "Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|"
    "Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|"
    "North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|"
    "South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|"
    "Wisconsin|Wyoming"
)
STATES = tuple(_STATE.split("|"))
_STATE_NAMES = f"(?:{_STATE})"
_WIDE = (
    r"(?:the|a|an|rural|urban|northern|southern|eastern|western|central|north|south|east|"
    r"west|Northern|Southern|Eastern|Western|Central|Sub-Saharan|"
    r"United|USA?|UK|England|Scotland|Wales|Ireland|Britain|Germany|France|Spain|Italy|"
    r"Portugal|Austria|Switzerland|Belgium|Netherlands|Holland|"
    r"Poland|Russia|Ukraine|Sweden|Norway|Denmark|Finland|Iceland|Greece|Turkey|Israel|"
    r"Egypt|Morocco|Algeria|Tunisia|Libya|Sudan|Ethiopia|Kenya|"
    r"Nigeria|Ghana|Uganda|Tanzania|Zambia|Zimbabwe|Africa|Asia|Europe|America|Oceania|"
    r"Australia|India|Pakistan|Bangladesh|Nepal|China|Japan|Korea|Vietnam|"
    r"Thailand|Cambodia|Laos|Philippines|Indonesia|Malaysia|Singapore|Taiwan|Mexico|"
    r"Guatemala|Honduras|Nicaragua|Panama|Colombia|Venezuela|Ecuador|"
    r"Peru|Bolivia|Brazil|Chile|Argentina|Uruguay|Paraguay|Cuba|Haiti|Jamaica|Puerto|"
    r"Dominican|Canada|Iran|Iraq|Syria|Saudi|Yemen|Afghanistan|"
    r"Deutschland|Österreich|Schweiz|Frankreich|Italien|Spanien|España|Francia|Allemagne|"
    r"Espagne|Italie|Suisse|Belgique|Europa|New Zealand|"
    rf"Middle|Latin|{_STATE_NAMES}|I|Please|Her|His|He|She|We|They|It|My|This|That|Street|"
    rf"Group|Stage|Hospital|Type)\b"
)
_CAP = r"(?:(?:St|Mt|Ft|Ste|[A-Z])\.|[^\W\d_a-zß-öø-ÿ][\w'’-]{0,24})"
_NAME = (
    rf"{_CAP}(?: (?:of |de la |de |del |la |le |les |am |(?:an |vor |ob |in )?der |vorm |den |sur |"
    rf"sous |en |i |y )?{_CAP}){{0,4}}"
)
_SUFFIX = (
    r"(?:Street|Str|St|Avenue|Aven|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|"
    r"Way|Place|Pl|Terrace|Ter|Circle|Cir|Square|Sq|Parkways?|Pkwy|"
    r"Highway|Hwy|Trail|Trl|Alley|Crescent|Close|Row|Mews|Gardens?|Grove|Hill|Hills|Parks?|"
    r"Plaza|Pike|Loop|Run|Path|Walk|Crossing|Crossroad|Bend|Ridges?|View|"
    r"Points?|Creek|Landing|Manors?|Meadows?|Villages?|Ville|Valleys?|Springs?|Station|Shores?|"
    r"Heights|Knolls?|Islands?|Junctions?|Keys?|Lakes?|Locks?|Light|Lights|"
    r"Lodge|Mall|Mission|Mountains?|Mount|Neck|Oval|Orchard|Overpass|Passage|Pass|Pines?|"
    r"Plains?|Port|Ports|Prairie|Radial|Ranch|Rapids?|Ramp|Rest|River|Roads|Route|"
    r"Rue|Shoal|Shoals|Skyway|Spurs?|Squares|Stravenue|Stream|Streets|Summit|Throughway|"
    r"Trace|Track|Trafficway|Tunnel|Turnpike|Underpass|Union|Unions|Via|Viaduct|"
    r"Views|Vista|Walks|Wall|Ways|Well|Wells|Bayou|Beach|Bluffs?|Bottom|Branch|Bridge|"
    r"Brooks?|Burgs?|Bypass|Camp|Canyon|Cape|Causeway|Center|Centers|Circles|"
    r"Cliffs?|Club|Common|Corners?|Course|Courts|Coves?|Crest|Curve|Dale|Dam|Divide|Drives|"
    r"Estates?|Expressway|Extensions?|Falls?|Ferry|Fields?|Flats?|Fords?|"
    r"Forest|Forges?|Forks?|Fort|Freeway|Gateway|Glens?|Green|Greens|Groves|Harbors?|Haven|"
    r"Hollow|Inlet|Isle|Mills?|Motorway)"
)
_UNIT = r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Floor|Fl|#)\.? ?#?[0-9A-Z]{1,6})?"

_SPANISH_STEMS = frozenset(
    ("cal", "c", "avd", "ave", "av", "pla", "pza", "pas", "cam", "car", "ron", "tra", "glo", "ram",
     "cue", "vía", "via", "urb", "acc", "ala", "cañ", "can", "vi")
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    # 742 Evergreen Terrace, 12B N. Main St., Apt. 4
    Rule(
        "place",
        re.compile(
            rf"(?<![\w.,/-])[0-9]{{1,6}}(?:[A-Za-z]|-[0-9]{{1,4}})?,? (?:[NSEW]{{1,2}}\.? )"
            rf"?(?:(?:{_CAP}|[0-9]{{1,3}}(?:st|nd|rd|th)) ){{1,4}}(?:{_SUFFIX})\b\.?{_UNIT}"
        ),
        runs=range(1, 7),
    ),
    Rule(
        "place",
        re.compile(
            r"(?i:\bP\.? ?O\.? ?Box|\bPostfach|\bBo[îi]te postale|\bBP(?= ?[0-9]{1,5},? ?[0-9]{5} )"
            r"|\bApartado(?: de correos)?|\bAptdo\.?)\s{0,2}[0-9]{1,7}(?:[ -][0-9]{1,5})?\b"
        ),
        stems=frozenset({"p", "po", "pos", "boi", "boî", "bp", "apa", "apt"}),
    ),
    Rule(
        "place",
        re.compile(
            r"\b(?:USNS|USNV|USS|USCGC|PSC|Unit|CMR)\b[ \w.]{1,30}?,?\s{1,2}(?:Box "
            r"[0-9]{1,5}\s{1,2})?(?:[AFD]PO)\s(?:A[AEP])\s[0-9]{5}"
        ),
        stems=frozenset({"usn", "uss", "usc", "psc", "uni", "cmr"}),
        longest=5,
    ),
    # Hauptstraße 12, Lange Str. 5a, Rosenring 7; but not "Administering 10 mg", nor a year
    Rule(
        "place",
        re.compile(
            r"\b(?:[^\W\d_a-zß-öø-ÿ][\w.-]{0,30}[ -])"
            r"{0,3}(?:[A-ZÄÖÜ][\w-]{0,30}(?:stra(?:ße|sse)|str\.|weg|platz|allee|gasse|ring|"
            r"ufer|damm|steig|park|hof|chaussee)|Stra(?:ße|sse)|Str\.|Weg|Platz|Allee|Gasse|Ring|"
            r"Ufer|Damm|Chaussee) (?<![aeiour]ring )(?<!pring )(?<!\bString )(?<!mstring )"
            r"(?:[0-9]{1,3}|(?:(?<=[ßs]e )|(?!1[89]|20))[0-9]{4})(?: ?[a-z])?"
            r"(?:[/-][0-9]{1,4})?\b"
        ),
        near=(
            "stra",
            "str.",
            "weg",
            "platz",
            "allee",
            "gasse",
            "ring",
            "ufer",
            "damm",
            "steig",
            "park",
            "hof",
            "chaussee",
        ),
    ),
    Rule(
        "place",
        re.compile(
            rf"\b(?:Am|An der|Im|In der|Auf dem|Zum|Zur|Unter den|Alter|Alte|Neue[rs]?)"
            rf" {_CAP} [0-9]{{1,4}}[a-z]?\b(?=,? [0-9]{{5}})"
        ),
        longest=5,
        stems=frozenset({"am", "an", "im", "in", "auf", "zum", "zur", "unt", "alt", "neu"}),
    ),
    # 12 bis, rue de la Paix; boulevard Auger
    Rule(
        "place",
        re.compile(
            rf"\b[0-9]{{1,4}}(?: ?(?:bis|ter|quater))?,? (?i:rue|avenue|av\.|boulevard|bd|place|"
            rf"chemin|impasse|all[ée]e|quai|route|cours|square|ruelle|passage|faubourg) (?:de la |"
            rf"de l['’]|des |du |de |d['’]|le |la |les )?{_NAME}"
        ),
        near=(
            "rue",
            "aven",
            "av.",
            "boul",
            "bd",
            "place",
            "chemin",
            "impasse",
            "all",
            "quai",
            "route",
            "cours",
            "square",
            "passage",
            "faubourg",
        ),
        runs=range(1, 5),
    ),
    # Calle de Alcalá, 45; Avda. Constitución 3, 2º B
    Rule(
        "place",
        re.compile(
            rf"\b(?i:calle|c/|avda\.?|avenida|av\.|plaza|pza\.?|paseo|camino|carretera|ronda|"
            rf"traves[íi]a|glorieta|callej[óo]n|rambla|pasadizo|cuesta|v[íi]a|urbanizaci[óo]n|"
            rf"acceso|alameda|ca[ñn]ada|vial|pasaje) ?(?:de la |de las |de los |del |de |la |"
            rf"el )?{_NAME},? (?:n[.ºo°]{{1,2}} ?)"
            rf"?[0-9]{{1,4}}(?:,? [0-9]{{1,2}}[ºª°]?(?: ?[A-Z]\b)?)?"
        ),
        stems=_SPANISH_STEMS,
    ),
    # C. Mayor, 12; but not "C. CA 19-9", the third of several options
    Rule(
        "place",
        re.compile(
            rf"\b(?i:c\.) ?(?:(?:de la |de las |de los |del |de )(?:{_NAME}),? |(?:{_NAME}), )"
            r"(?:n[.ºo°]{1,2} ?)?[0-9]{1,4}\b"
        ),
        stems=frozenset(("c",)),
    ),
    # Springfield, IL 62704; Ohio 43210-1234
    Rule(
        "place",
        re.compile(
            rf"(?:{_NAME}, ?)?\b(?:{_STATES}|{_STATE_NAMES}),? [0-9]{{5}}(?:-[0-9]{{4}})?\b"
        ),
        longest=5,
    ),
    labelled(
        "place",
        r"zip(?: ?code)?|postal ?code|post ?code|plz|postleitzahl|code postal|c[óo]digo postal|"
        r"c\.p\.",
        r"[A-Z]{0,2}-?[0-9]{4,5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|"
        r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|[0-9]{3}\*\*",
        stems="c cod cód plz pos zip",
        fewest=3,
    ),
    shaped("place", "GIR 0AA", flags=0, near="gir", fewest=2),
    shaped(
        "place",
        "[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]? [0-9][ABD-HJLNP-UW-Z]{2}",
        flags=0,
        fewest=2,
        coded=True,
    ),
    # Studio 4, Horton Street
    Rule(
        "place",
        re.compile(rf"\b(?:Studio|Flat) [0-9]{{1,4}}[A-Za-z]?, (?:{_CAP} ){{1,3}}(?:{_SUFFIX})\b"),
        stems=frozenset({"stu", "fla"}),
    ),
    # Behind words that say that it is one: Anschrift: Goethering 2001; Domicilio: C. Mayor 12
    Rule(
        "place",
        re.compile(
            r"(?<![\w-])(?<!IP )(?i:"
            r"(?:anschrift|wohnhaft|adresse|address|direcci[óo]n|domicilio)\s?:\s{0,2}|"
            r"(?:wohnt (?:derzeit )?|wohnhaft )(?:in der|im|am|an der|auf der) )"
            rf"(?P<value>{_NAME},? (?:n[.ºo°]{{1,2}} ?)?[0-9]{{1,4}}(?:[/-][0-9]{{1,4}})?"
            r"(?: ?[a-z]\b|,? (?:Piso|Puerta|Apt\.|Esc\.) ?[0-9]{1,4}){0,3})(?![0-9A-Za-z])"
        ),
        stems=frozenset({"ans", "woh", "adr", "add", "dir", "dom"}),
    ),
    # M5V 2T6, which is no stage of a tumour ("T1N 0M0")
    shaped(
        "place",
        r"(?!T[0-4]N)[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z] [0-9][ABCEGHJ-NPRSTV-Z][0-9]",
        flags=0,
        fewest=3,
        coded=True,
    ),
    # D-10115 Berlin; wohnhaft in 10115 Berlin; 75011 Paris behind a street
    Rule("place", re.compile(rf"\b(?:D|A|CH|F|E)-[0-9]{{4,5}} {_NAME}"), near=("-",), longest=4),
    Rule(
        "place",
        re.compile(
            rf"(?:(?i:wohnhaft|wohnt|wohnend|anschrift|adresse|address|direcci[óo]n|"
            rf"domicili\w{{0,3}}|habite|r[ée]side|demeurant|vive|reside|residente|lives|living|"
            rf"residing|resides|resident|from|aus|ort|ville|ciudad)\W{{1,3}}(?:(?:in|at|à|a|en|de|"
            rf"ist|est|es|is|of)\W{{1,2}})?|[0-9A-Za-zß.][,\n] ?\n?)"
            rf"(?P<value>[0-9]{{5}},? (?!{_WIDE}|The\b|In\b){_NAME})"
        ),
        longest=5,
    ),
)

TOWN = re.compile(
    r"\b(?i:lives in|living in|live in|lived in|resid(?:es|ing|ed) (?:in|at)|residents? of|"
    r"home in|hometown(?: is| of|:)?|moved (?:to|from)|native of|"
    r"born (?:and raised )?in|grew up in|(?:city|town)(?: of| is|:)|place of birth:?|"
    r"wohnhaft in|wohnt (?:derzeit )?in|lebt in|wohnort:?|geboren in|geburtsort:?|aus dem "
    r"ort|stammt aus|habite(?: à| a| actuellement à)?|vit à|domicilié[es]* à|"
    r"né[es]* à|résid(?:e|ant) à|demeurant à|lieu de naissance ?:?|ville ?:|vive en|"
    r"viv[íi]a en|residente en|reside en|domiciliad[oa] en|nacid[oa] en|natural de|"
    rf"ciudad:?|lugar de nacimiento:?)\s{{1,2}}(?!{_WIDE})(?P<value>{_NAME})"
)
"""A town behind words that say that somebody lives or was born there; no country, no state."""
FROM_TOWN = re.compile(rf"\b(?!{_WIDE})(?P<value>{_NAME}), {_STATE_NAMES}\b(?! [0-9]{{5}})")
"""A town before its state: "Springfield, Ohio"."""
FROM_TOWN_SHORT = re.compile(
    rf"(?i:\b(?:from|near|outside))\s(?!{_WIDE})(?P<value>{_NAME})"
    rf", {_STATES}\b"
    r"(?! [0-9]{5}|[A-Z-])"
)
"""The same with the state's two letters, which are medical abbreviations, too: behind "from"."""
STREET_MARKS = ("rue ", "avenue ", "boulevard ", "chemin ", "impasse ", "quai ", "calle ")
STREET = re.compile(
    r"\b(?i:rue|avenue|boulevard|chemin|impasse|quai|calle) "
    rf"(?:de la |de l['’]|des |du |de |d['’])?{_NAME}"
)
"""A French or Spanish street, with or without its number."""
