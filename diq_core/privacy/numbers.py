"""Numbers of registers: people's, plans', accounts', licences', vehicles' and devices'."""

from __future__ import annotations

import re

from diq_core.privacy import checksums, labels
from diq_core.privacy.rule import ID, Rule, digits_at_least, labelled, shaped

_FEW = digits_at_least(3)
_SOME = digits_at_least(4)
_PHONE = (
    r"(?:\+|00)?[0-9(](?:[ ./()–-]{0,3}[0-9]){5,16}(?:\s{0,2}(?:x|ext\.?|extension)"
    r"\s{0,2}[0-9]{1,6})?"
)
_SSN = r"(?!000|666)[0-9]{3}(?P<gap>[- .])[0-9]{2}(?P=gap)[0-9]{4}"


def _phone(value: str) -> bool:
    return 6 <= sum(map(str.isdecimal, value.casefold().split("x")[0])) <= 16


RULES: tuple[Rule, ...] = (
    shaped("ssn", _SSN.replace(r"[- .]", "-"), near="-", fewest=9),
    shaped("ssn", r"(?:[x*#]{3}[- ]?[x*#]{2}[- ]?)[0-9]{4}", near="xx ** ##", fewest=4),
    labelled(
        "ssn",
        r"ssn|ss#|soc(?:ial)?\.? sec(?:urity)?\.?|social",
        r"[0-9]{3}[-. –]?[0-9]{2}[-. –]?[0-9]{4}|[0-9]{4}",
        near="ss sec soc",
        fewest=4,
    ),
    labelled(
        "fax",
        r"(?:tele)?fax(?:nummer)?|fax(?:ed|es)?(?: [a-z]{1,12}){0,3} (?:to|an|au|al)|"
        r"telefax|t[ée]l[ée]copie(?:ur)?|f(?=: ?[+(0-9])",
        _PHONE,
        _phone,
        near="fax copie f",
        fewest=6,
    ),
    labelled(
        "phone",
        r"(?:tele)?phones?|tel[eé]?fon\w{0,7}|tel\.?|t[ée]l[ée]phone|t[ée]l\.?|t[ée]l[ée]fono|"
        r"mobile?|m[óo]vil|handy\w{0,8}|portable|cell(?:ular)?|"
        r"call(?:ed|s|ing)?(?: (?:back|him|her|them|me|us))?(?: (?:at|on))?|"
        r"reach(?:ed|able)?(?: (?:him|her|them|me))? (?:at|on|under|by)|contact(?:ed)"
        r"?(?: (?:at|on))?|dial|pager|beeper|whatsapp|rufnummer|erreichbar unter|"
        r"joignable au|llamar al|text(?:ed)?(?: (?:at|to))|ph(?=[.:])|hotline|"
        r"voicemail|sms",
        _PHONE,
        _phone,
        near="phon fon tel tél mobil móvil movil handy portable cell call reach contact "
        "dial pager beeper whatsapp rufnummer erreichbar joignable llamar text ph "
        "voicemail hotline sms",
        fewest=6,
    ),
    shaped(
        "phone",
        r"(?:\+?1[-. ]|001[-. ])?(?:\([2-9][0-9]{2}\)[ -]{0,2}|[2-9][0-9]{2}[-. ])[0-9]{3}[-. "
        r"][0-9]{4}(?: ?(?:x|ext\.? ?)[0-9]{1,6})?",
        fewest=10,
    ),
    shaped("phone", r"0[1-9](?P<sep>[ .-])[0-9]{2}(?:(?P=sep)[0-9]{2}){3}", near="0", fewest=10),
    Rule(
        "phone",
        re.compile(
            r"(?<![0-9A-Za-z+])(?:\+[1-9]|00[1-9])[0-9]{0,2}(?:[ ./-]{0,2}\(?[0-9]{1,6}\)?)"
            r"{2,7}(?![0-9A-Za-z])"
        ),
        digits_at_least(9),
        near=("+", "00"),
        fewest=9,
    ),
    shaped(
        "phone",
        r"0(?:1[5-7][0-9]|7[0-9]{3}|20)[ /-]{1,3}[0-9]{3,4}[ ]?[0-9]{3,5}",
        near="0",
        fewest=9,
    ),
    labelled(
        "record",
        labels.RECORD,
        ID,
        _FEW,
        near="mrn m.r mr rec chart patient hosp clinic unit encounter visit admission case pat pid "
        "fall aufnahme akte ipp i.p nip n.i dossier séjour sejour nhc n.h historia h.c hc "
        "expediente paciente episodio",
        fewest=3,
    ),
    labelled(
        "plan",
        labels.PLAN,
        ID,
        _SOME,
        near="member subscriber benefic polic insur plan group payer enrollee claim coverage medic "
        "mbi m.b hicn cross aetna cigna humana kaiser united versich kv egk assur mutuelle "
        "adhér adher sécurité securite afilia póliza poliza asegurad tarjeta nuss cip",
        fewest=4,
    ),
    shaped(
        "plan",
        r"[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}",
        flags=0,
        fewest=4,
    ),
    shaped(
        "plan",
        r"[A-Z][0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}",
        checksums.kvnr,
        flags=0,
        fewest=9,
    ),
    labelled(
        "account",
        labels.ACCOUNT,
        rf"[A-Z]{{2}}[0-9]{{2}}(?: ?[A-Z0-9]{{1,4}}){{3,8}}|[x*•-]{{2,16}} ?[0-9]{{4}}|{ID}",
        _SOME,
        near="acc a/c routing aba iban card visa amex invoice konto kredit rechnung compte carte "
        "facture cuenta tarjeta factura",
        fewest=4,
    ),
    shaped(
        "account",
        r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?",
        checksums.iban,
        fewest=10,
    ),
    shaped("account", r"[2-6][0-9]{3}(?:[ -]?[0-9]{3,6}){2,4}", checksums.card, near="", fewest=13),
    labelled(
        "licence",
        labels.LICENCE,
        ID,
        _SOME,
        near="lic cert regist dea npi upin gmc schein erlaubnis approb lanr arzt bsnr rpps adeli "
        "permis coleg cedula cédula carn",
        fewest=4,
    ),
    shaped(
        "licence", r"[ABCDEFGHJKLMPRSTUX][A-Z9][0-9]{7}", checksums.dea, flags=0, near="", fewest=7
    ),
    labelled(
        "vehicle",
        r"vin|vehicle(?: identification)?|chassis|fahrgestell\w{0,8}|fin|ch[âa]ssis|bastidor",
        r"[A-HJ-NPR-Z0-9]{11,17}",
        _FEW,
        near="vin vehicle chassis fahrgestell fin châssis bastidor",
        fewest=3,
    ),
    labelled(
        "vehicle",
        labels.PLATE,
        r"(?=[A-Z ÄÖÜ·-]{0,8}[0-9])[A-ZÄÖÜ0-9]{1,8}(?:[ ·-]{1,2}[A-ZÄÖÜ0-9]{1,7}){0,3}",
        digits_at_least(1),
        near="plat plaq regist kennzeichen immatric matric matríc placa tag",
        fewest=1,
    ),
    shaped(
        "vehicle",
        r"(?=[0-9]{0,16}[A-Z])[A-HJ-NPR-Z0-9]{17}",
        checksums.vin,
        flags=0,
        fewest=3,
    ),
    labelled(
        "device",
        labels.SERIAL,
        ID,
        _FEW,
        near=(
            "serial device implant pacemaker pump model lot batch catalog ref asset "
            "equipment lead "
            "generator stent valve s/n sn udi imei gerät geraet serien chargen mac série serie lote"
        ),
        fewest=3,
    ),
    Rule(
        "device",
        re.compile(r"\(01\)[0-9]{14}(?:\([0-9]{2,3}\)[!-'*-~]{1,20}){0,6}"),
        near=("(01)",),
    ),
    shaped("device", r"(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}", near=": -", fewest=1),
    labelled(
        "biometric",
        labels.BIOMETRIC,
        rf"[0-9A-F]{{16,64}}|{ID}",
        _FEW,
        near="print retina iris fac biom dna gait hand abdruck scan empreinte huella escaneo "
        "registro identificador",
        fewest=3,
    ),
    shaped("other", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", near="-", fewest=3),
    shaped(
        "other",
        r"[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} "
        r"?[0-9]{2}",
        checksums.nir,
        fewest=14,
    ),
    shaped(
        "other",
        r"(?:[XYZ][ -]?[0-9]{7}|[0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3})[ -]?[A-HJ-NP-TV-Z]",
        checksums.dni,
        flags=0,
        fewest=7,
    ),
    shaped("other", r"[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}", checksums.nhs, near="", fewest=10),
    shaped("other", r"[12]\.[0-9]{1,3}(?:\.[0-9]{1,20}){5,20}", near=".", fewest=8),
    labelled(
        "other",
        labels.OTHER,
        ID,
        _FEW,
        near="pass accession specimen sample study trial subject participant order prescription rx "
        "referral voucher badge employee student tracking registry national tax ticket booking "
        "appointment lab report requisition reference unique ident ausweis steuer sozial svnr "
        "auftrag proben nir insee carte ordonnance prél prel pasaporte dni nie nif curp "
        "muestra nhs",
        fewest=3,
    ),
)
