"""The words of dates: months, days as words, and the events that a date is told of."""

from __future__ import annotations

MONTHS = (
    r"(?:jan(?:uary|uar|vier|ner)?|j[äa]nner|enero|ene|janv|feb(?:ruary|ruar|rero)?|feber|"
    r"f[ée]v(?:rier)?|mar(?:ch|s|zo)?|m[äa]rz|m[äa]r|mrz|apr(?:il)?|avr(?:il)?|abr(?:il)?|may|mai|"
    r"mayo|june?|juni|juin|junio|july?|juli|juil(?:let)?|julio|aug(?:ust)?|ao[uû]t|ago(?:sto)?|"
    r"sept?(?:ember|embre|iembre)?|setiembre|o[ck]t(?:ober|obre|ubre)?|"
    r"nov(?:ember|embre|iembre)?|de[cz](?:ember|embre)?|d[ée]c(?:embre)?|dic(?:iembre)?)"
)
# Before a year alone, only what no other word is spelt like.
LONG_MONTHS = (
    r"(?:January|Januar|Janvier|Enero|February|Februar|F[ée]vrier|Febrero|March|Mars|M[äa]rz|Marzo|"
    r"April|Avril|Abril|May|Mai|Mayo|June|Juni|Juin|Junio|July|Juli|Juillet|Julio|August|Ao[uû]t|"
    r"Agosto|September|Septembre|Septiembre|October|Oktober|Octobre|Octubre|November|Novembre|"
    r"Noviembre|December|Dezember|D[ée]cembre|Diciembre|J[äa]nner|Jan|Feb|Mar|Apr|Jun|Jul|Aug|"
    r"Sept?|Oct|Okt|Nov|Dec|Dez|Déc|Dic|Ene|Abr|Ago|Janv|Févr?|Juil|Avr)"
)
# Without a year, a month in small letters must be no other word ("14 may be caused").
PLAIN_MONTHS = (
    r"(?:(?-i:J(?:an|un|ul|uly|une|anuary)|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|Aug(?:ust)?|"
    r"Sept?(?:ember)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?|Januar|Februar|Juni|Juli|Mai|"
    r"JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)|january|february|april|july|august|"
    r"september|october|november|december|januar|februar|juni|juli|oktober|dezember|m[äa]rz|"
    r"j[äa]nner|janvier|f[ée]vrier|mars|avril|juin|juillet|ao[uû]t|septembre|octobre|novembre|"
    r"d[ée]cembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|"
    r"diciembre|(?-i:mai))"
)
MONTH_STEMS = (
    "jan jän ene feb fév fev mar mär mrz apr avr abr may mai jun jui jul aug aoû aou ago "
    "sep set oct okt nov dec dez déc dic"
)
"""The first three letters of every word for a month."""
WRITTEN_DAY = (
    r"(?:(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
    r"(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth|ersten|zweiten|dritten|"
    r"vierten|f[üu]nften|sechsten|siebten|achten|neunten|zehnten|elften|zw[öo]lften|premier|"
    r"primero)"
)
EVENT = (
    r"(?:d\.?o\.?b\.?|birth(?: ?date|day)?|born|died|deceased|death|d\.?o\.?d\.?|"
    r"admi(?:tted|ssion)|adm|discharged?|d/c|seen|visit(?:ed)?|surgery|operat(?:ed|ion)|"
    r"procedure|dated?|dos|since|presented|diagnosed|scheduled|appointment|follow[ -]?up|"
    r"signed|expires?|exp|geb(?:oren)?\.?|geburtsdatum|gest(?:orben)?\.?|verstorben|aufnahme|"
    r"aufgenommen|entlass\w{0,5}|datum|n[ée]e? le|naissance|d[ée]c[èe]s|d[ée]c[ée]d[ée]e?|"
    r"admise?|hospitalis[ée]e?|sortie?|nacid[oa]|nacimiento|fallecid[oa]|falleci[óo]|"
    r"fallecimiento|ingres[óo]|ingreso|alta|fecha|f\. ?nac\.?|f\.n\.)"
)
EVENT_STEMS = frozenset(
    """
    adm alt app auf bir bor d dat dea dec dia die dis do dob dod dos déc ent exp f fec fol geb ges
    hos ing nac nai ne nee né née ope pre pro sch see sig sin sor sur ver vis fal
    """.split()  # noqa: SIM905
)
"""The first three letters of every event, or all of a shorter word."""
TO = (
    r"(?:[\s:.,=(#*-]{1,4}(?:of|birth|on|in|at|the|was|is|been|am|im|den|der|le|en|el|de|del|du|"
    r"date|datum|home|early|late|mid|again|last|this|next|back|visit|admission|discharge|service|"
    r"death|surgery|ist|est|es|fue|a été|médico|médica|hospital){0,1}){0,4}?[\s:.,=(#*-]{0,3}"
)
MORE_MONTHS = tuple(
    """
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro março
    maio junho julho setembro outubro dezembro januari februari maart mei augustus augusti stycznia
    lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia marts
    maj ledna února března dubna května června července srpna září října listopadu prosince ocak
    şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık ianuarie februarie martie
    aprilie iunie iulie septembrie octombrie noiembrie decembrie tammikuuta helmikuuta maaliskuuta
    huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
    január február március április május június július augusztus szeptember október
    """.split()  # noqa: SIM905
)
"""Months of other languages that are written in Latin letters; they want a day and a year."""
HOLIDAYS = (
    "christmas", "new year", "thanksgiving", "easter", "halloween", "valentine", "independence day",
    "boxing day", "memorial day", "labor day", "labour day", "mother's day", "father's day",
    "good friday", "whit monday", "ramadan", "diwali", "hanukkah", "weihnacht", "silvester",
    "heiligabend", "ostern", "noël", "navidad",
)  # fmt: skip
