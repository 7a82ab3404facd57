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
    shaped("ssn", _SSN.replace(r"[- .]", "-"), near="-", fewest=9, longest=4, runs=range(3, 4)),
    shaped("ssn", r"(?:[x*#]{3}[- ]?[x*#]{2}[- ]?)[0-9]{4}", near="xx ** ##", fewest=4),
    labelled(
        "ssn",
        r"ssn|ss#|soc(?:ial)?\.? sec(?:urity)?\.?|social",
        r"[0-9]{3}[-. –]?[0-9]{2}[-. –]?[0-9]{4}|[0-9]{4}",
        stems="soc ss ssn",
        fewest=4,
    ),
    labelled(
        "fax",
        r"(?:tele)?fax(?:nummer)?|fax(?:ed|es)?(?: [a-z]{1,12}){0,3} (?:to|an|au|al)|"
        r"telefax|t[ée]l[ée]copie(?:ur)?|f(?=: ?[+(0-9])",
        _PHONE,
        _phone,
        stems="f fac fax tel tél",
        fewest=6,
    ),
    labelled(
        "phone",
        r"(?:tele)?phones?|tel[eé]?fon\w{0,7}|tel\.?|t[ée]l[ée]phone|t[ée]l\.?|t[ée]l[ée]fono|"
        r"mobile?|m[óo]vil|handy\w{0,8}|portable|cell(?:ular)?|"
        r"call(?:ed|s|ing)?(?: (?:back|him|her|them|me|us))?(?: (?:at|on))?|"
        r"reach(?:ed|able)?(?: (?:him|her|them|me))? (?:at|on|under|by)|contact(?:ed)"
        r"?(?: (?:at|on))?|dial|pager|beeper|whatsapp|rufnummer|erreichbar unter|"
        r"joignable au|llamar al|text(?:ed)?(?: (?:at|to))|ph(?=[.:#])|hotline|ring|"
        r"voicemail|sms|telefoon\w{0,6}|cellulare|telem[óo]vel|kom[óo]rk\w|"
        r"(?:(?:home|work|contact|mobile|cell|phone|daughter|son|wife|husband|spouse|mother|"
        r"father)(?:['’]s)? |her |his |their )(?:phone |mobile |cell )?numbers?",
        _PHONE,
        _phone,
        stems="bee cal cel con dau dia err fat han her his hom hot hus joi kom lla mob mot mov "
        "móv pag ph pho por rea rin ruf sms son spo tel tex the tél voi wha wif wor",
        fewest=6,
    ),
    shaped(
        "phone",
        r"(?:\+?1[-. ]|001[-. ])?(?:\([2-9][0-9]{2}\)[ -]{0,2}|[2-9][0-9]{2}[-. ])[0-9]{3}[-. "
        r"][0-9]{4}(?: ?(?:x|ext\.? ?)[0-9]{1,6})?",
        fewest=10,
        longest=4,
    ),
    shaped(
        "phone",
        r"0[1-9](?P<sep>[ .-])[0-9]{2}(?:(?P=sep)[0-9]{2}){3}",
        fewest=10,
        runs=range(2, 3),
    ),
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
        fewest=9,
        runs=range(3, 6),
    ),
    labelled(
        "record",
        labels.RECORD,
        ID,
        _FEW,
        stems="adm akt auf car cas cha chi cli cpi crn dos emp enc exp fal h hc hcn hea his hos "
        "i ide ip ipp kra m med mpi mr mrn n nh nhc ni nip no nod nop nos num nº nºd nºe nºh nºp "
        "nºs núm "
        "pat pid pro uhi uni ur urn vis",
        fewest=3,
    ),
    labelled(
        "plan",
        labels.PLAN,
        ID,
        _SOME,
        stems="aet ben blu cig cip cla cov egk enr gro hea hic hos hum ins kai kra kv kvn m mb "
        "mbi med mem mut n num nus nº nºd núm ohi pay pla pol pól sub tar uni ver",
        fewest=4,
    ),
    shaped(
        "plan",
        r"[1-9][A-Z][A-Z0-9][0-9]-?[A-Z][A-Z0-9][0-9]-?[A-Z]{2}[0-9]{2}",
        flags=0,
        fewest=4,
        longest=2,
        runs=range(1, 2),
    ),
    shaped(
        "plan",
        r"[A-Z][0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}",
        checksums.kvnr,
        flags=0,
        fewest=9,
        longest=3,
        coded=True,
    ),
    labelled(
        "account",
        labels.ACCOUNT,
        rf"[A-Z]{{2}}[0-9]{{2}}(?: ?[A-Z0-9]{{1,4}}){{3,8}}|[x*•-]{{2,16}} ?[0-9]{{4}}|{ID}",
        _SOME,
        stems="a aba acc ame ban bil car che com cre cue deb gua hos iba inv kon kre mas n num "
        "nº nºd núm pat pay rec rou sav vis",
        fewest=4,
    ),
    shaped(
        "account",
        r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?",
        checksums.iban,
        fewest=10,
        coded=True,
    ),
    shaped(
        "account",
        r"[2-6][0-9]{3}(?:[ -]?[0-9]{3,6}){2,4}",
        checksums.card,
        fewest=13,
        longest=4,
        runs=range(4, 29),
    ),
    labelled(
        "licence",
        labels.LICENCE,
        ID,
        _SOME,
        stems="ade ahp app arz boa bsn ced cer col céd dea dri fah fuh füh gdc gmc gph hcp imc "
        "lan leb lic md med n nmc npi num nur nº nºd núm per pha phy pro reg rn rpp sta upi",
        fewest=4,
    ),
    shaped(
        "licence",
        r"[ABCDEFGHJKLMPRSTUX][A-Z9][0-9]{7}",
        checksums.dea,
        flags=0,
        longest=7,
        coded=True,
    ),
    labelled(
        "vehicle",
        r"vin|vehicle(?: identification)?|chassis|fahrgestell\w{0,8}|fin|ch[âa]ssis|bastidor",
        r"[A-HJ-NPR-Z0-9]{11,17}",
        _FEW,
        stems="bas cha châ fah fin veh vin",
        fewest=3,
    ),
    labelled(
        "vehicle",
        labels.PLATE,
        r"(?=[A-Z ÄÖÜ·-]{0,8}[0-9])[A-ZÄÖÜ0-9]{1,8}(?:[ ·-]{1,2}[A-ZÄÖÜ0-9]{1,7}){0,3}",
        digits_at_least(1),
        stems="aut car imm ken kfz lic mat num pkw pla reg rej tag tar tru veh",
        fewest=1,
    ),
    labelled(
        "vehicle",
        r"reg(?:istration|\.)?",
        r"(?-i:[A-Z]{2}[0-9]{2} ?[A-Z]{3})",
        stems="reg",
        fewest=2,
    ),
    shaped(
        "vehicle",
        r"(?=[0-9]{0,16}[A-Z])[A-HJ-NPR-Z0-9]{17}",
        checksums.vin,
        flags=0,
        fewest=3,
        runs=range(1, 18),
        coded=True,
    ),
    labelled(
        "device",
        labels.SERIAL,
        ID,
        _FEW,
        stems="ass bat cat cha dev equ gen ger ime imp lea lot mac mod n num nº nºd núm pac pum "
        "ref s ser sn ste udi val",
        fewest=3,
    ),
    Rule(
        "device",
        re.compile(r"\(01\)[0-9]{14}(?:\([0-9]{2,3}\)[!-'*-~]{1,20}){0,6}"),
        near=("(01)",),
    ),
    shaped("device", r"(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}", near=": -", often=3),
    labelled(
        "biometric",
        labels.BIOMETRIC,
        rf"[0-9A-F]{{16,64}}|{ID}",
        _FEW,
        stems="bio dna don emp esc fac fin gai han hue ide iri net pal reg ret sca sti thu voi",
        fewest=3,
    ),
    shaped("other", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", near="-", often=4, fewest=3),
    shaped(
        "other",
        r"[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} "
        r"?[0-9]{2}",
        checksums.nir,
        fewest=14,
        runs=range(1, 16),
    ),
    shaped(
        "other",
        r"(?:[XYZ][ -]?[0-9]{7}|[0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3})[ -]?[A-HJ-NP-TV-Z]",
        checksums.dni,
        flags=0,
        fewest=7,
        longest=3,
    ),
    shaped(
        "other",
        r"[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}",
        checksums.nhs,
        fewest=10,
        longest=4,
        runs=range(3, 4),
    ),
    shaped(
        "other",
        r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}",
        near=".",
        fewest=11,
        longest=3,
        runs=range(3, 4),
    ),
    shaped(
        "other",
        r"[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]",
        flags=0,
        fewest=7,
        longest=3,
        coded=True,
    ),
    shaped("other", r"[1-9][0-9]{16}[0-9X]", checksums.resident, longest=17, runs=range(17, 19)),
    shaped(
        "other",
        r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])-[1-8][0-9]{6}",
        near="-",
        fewest=13,
        longest=7,
        runs=range(6, 7),
    ),
    labelled(
        "other",
        r"(?:twitter|instagram|tiktok|facebook|snapchat|telegram|skype|reddit|youtube|wechat|line|"
        r"mastodon|threads)(?: (?:handle|account|name|user(?:name)?|profile|id))?|handle|username",
        r"@[A-Za-z0-9_.]{2,30}",
        stems="fac han ins lin mas red sky sna tel thr tik twi use wec you",
        fewest=0,
    ),
    shaped(
        "other",
        r"[12]\.[0-9]{1,3}(?:\.[0-9]{1,20}){5,20}",
        near=".",
        often=6,
        fewest=8,
        runs=range(1, 2),
    ),
    labelled(
        "other",
        labels.OTHER,
        ID,
        _FEW,
        stems="aad acc app auf aus bad boo bsn bur car ced cnp cod cpf cur céd dev dni emp fnr "
        "ide ins lab n nat nhs nie nif nin nir num nº nºd núm ord par pas per pes pps pre "
        "pro ref reg rei rep req rx rxc rxi rxn rxs sam ser sin soz spe ste stu sub svn tax tfn "
        "tic tra tri "
        "uni vou",
        fewest=3,
    ),
)
