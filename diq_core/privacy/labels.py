"""The words that stand before a number, by class, in English, German, French and Spanish."""

from __future__ import annotations


def _no(*words: str) -> str:
    return "|".join(words)


RECORD = _no(
    r"m\.?r\.?n\.?",
    r"m\.?r\.? ?(?:#|no\b\.?|number)",
    r"med(?:ical)?\.? rec(?:ord)?s?\.?",
    r"(?:health|hospital|clinic|patient|unit) rec(?:ord)?s?",
    r"chart (?:no\.?|number|#|id)",
    r"(?:patient|hospital|clinic|unit|encounter|visit|admission|case)s?[ -]?(?:no\b\.?|"
    r"numbers?|#|id\b|"
    r"identifier|identification)",
    r"pat\.?[ -]?(?:id|nr|no)\b\.?",
    r"pid",
    r"hosp\.? ?(?:no|#)",
    r"patienten?-?(?:nummer|nr|id|kennung|akte)\b\.?",
    r"fall-?(?:nummer|nr|id|zahl)\b\.?",
    r"aufnahme-?(?:nummer|nr)\b\.?",
    r"akten-?(?:zeichen|nummer|nr)\b\.?",
    r"krankenakte",
    r"i\.?p\.?p\.?",
    r"n\.?i\.?p\.?",
    r"(?:num[ée]ro|n\.? ?[°ºo]|no)\.? ?(?:de |du )?(?:dossier|patient|s[ée]jour)",
    r"dossier (?:m[ée]dical|patient|n\.? ?[°ºo])",
    r"identifiant (?:du )?patient",
    r"n\.?h\.?c\.?",
    r"historia(?: cl[ií]nica)?",
    r"h\.?c\.? ?(?:n\.? ?[°ºo]|no\.?|#)",
    r"expediente(?: cl[ií]nico)?",
    r"(?:n[úu]mero|n\.? ?[°º])\.? ?(?:de |del )?(?:paciente|historia|expediente|episodio)",
    r"e?mpi(?: id| number)?",
    r"uhid|urn|ur no\b\.?|crn|hcn|cpi(?: no\b)?",
    r"chi(?= ?(?:no|number|[:#]|[0-9]{10}))",
    r"(?:numero (?:di )?)?cartella(?: clinica)?",
    r"prontu[áa]rio",
    r"pati[ëe]ntnummer",
    r"numer (?:historii|kartoteki)",
)
PLAN = _no(
    r"(?:member|subscriber|beneficiary|policy(?: ?holder)?|insurance|plan|group|payer|"
    r"enrollee|claim|"
    r"health ?plan|coverage)s?(?: card| policy| plan| member)?[ -]?(?:no\b\.?|numbers?|#|"
    r"id\b|identifier|identification)",
    r"(?:health )?insurance(?: policy| member| card)?",
    r"policy",
    r"medicare(?: advantage| card)?",
    r"medicaid",
    r"(?:health|hospital insurance|ohip|insurance) ?cards?",
    r"m\.?b\.?i\.?",
    r"hicn",
    r"(?:blue ?cross|aetna|cigna|humana|kaiser|united ?health(?:care)?)(?: member)?",
    r"(?:kranken)?versich(?:erten|erungs|erung)-?(?:nummer|nr|id)?\b\.?",
    r"kvnr",
    r"kv-?(?:nr|nummer)\b\.?",
    r"egk(?:-nummer|-nr)?",
    r"(?:num[ée]ro|n\.? ?[°º])\.? ?(?:d['’ ]?|de )(?:assur[ée]e?|mutuelle|adh[ée]rente?|"
    r"s[ée]curit[ée] sociale)",
    r"mutuelle",
    r"(?:n[úu]mero|n\.? ?[°º])\.? ?de (?:afiliaci[óo]n|p[óo]liza|asegurad[oa]|tarjeta sanitaria|"
    r"afiliad[oa])",
    r"p[óo]liza",
    r"tarjeta sanitaria",
    r"nuss",
    r"cip",
)
ACCOUNT = _no(
    r"(?:bank |billing |hospital |patient |checking |savings |guarantor )?(?:account|acct|"
    r"a/c)\.?",
    r"routing",
    r"aba",
    r"iban",
    r"(?:credit|debit|payment|bank) ?card",
    r"card (?:no|number)\b",
    r"visa",
    r"master ?card",
    r"amex",
    r"invoice",
    r"konto-?(?:nummer|nr)?\b\.?",
    r"kreditkarte(?:n-?(?:nummer|nr))?",
    r"rechnungs-?(?:nummer|nr)\b\.?",
    r"(?:num[ée]ro|n\.? ?[°º])\.? ?de (?:compte|carte|facture)(?: bancaire)?",
    r"compte(?: bancaire)?",
    r"carte bancaire",
    r"(?:n[úu]mero|n\.? ?[°º])\.? ?de (?:cuenta|tarjeta|factura)(?: bancaria| de cr[ée]dito)?",
    r"cuenta(?: bancaria)?",
)
LICENCE = _no(
    r"(?:medical |driver'?s?'? |driver’s |driving |nursing |pharmacy |professional |state |"
    r"physician |rn |md )?"
    r"licen[cs]e(?! plate)",
    r"lic\.?(?: ?(?:no|#))?",
    r"certificat(?:e|ion)s?",
    r"cert\.? ?(?:no|#)",
    r"(?:medical |board )?registration",
    r"dea",
    r"npi",
    r"upin",
    r"(?:gmc|nmc|ahpra|hcpc|gphc|gdc|imc)(?: ref(?:erence)?| pin| reg(?:istration)?)?",
    r"(?:fahr|f[üu]hrer)(?:erlaubnis|schein)(?:-?(?:nummer|nr))?\b\.?",
    r"approbations?(?:-?(?:nummer|nr|urkunde))?\b\.?",
    r"lanr",
    r"(?:lebenslange )?arzt-?(?:nummer|nr)\b\.?",
    r"bsnr",
    r"rpps",
    r"adeli",
    r"permis(?: de conduire)?",
    r"certificat",
    r"(?:n[úu]mero|n\.? ?[°º])\.? ?de (?:colegiad[oa]|licencia|c[ée]dula|carn[ée]t)",
    r"coleg\w{0,6}",
    r"c[ée]dula(?: profesional)?",
    r"licencia(?: de conducir)?",
    r"permiso de conducir",
    r"certificado",
)
PLATE = _no(
    r"(?:licen[cs]e|number|registration|car|vehicle|truck) ?plates?",
    r"plates?(?= ?(?:no|number|#|:|[A-Z0-9]{1,3}[ -]))",
    r"(?:vehicle|car) registration",
    r"registration (?:mark|plate)",
    r"(?:kfz-?|auto-?|pkw-?)?kennzeichen",
    r"(?:plaque|num[ée]ro)s? d['’]immatriculation",
    r"immatricul(?:ation|[ée]e?s?)",
    r"matr[ií]cula",
    r"placa",
    r"tag (?:no|number|#)",
    r"targa",
    r"kenteken",
    r"rejestracyjny",
)
SERIAL = _no(
    r"(?:serial|device|implant|pacemaker|pump|model|lot|batch|catalog(?:ue)?|ref|asset|"
    r"equipment|lead|generator|stent|valve)s?(?: serial)?[ -]?"
    r"(?:no\b\.?|numbers?|#|id\b|identifier|identification)",
    r"serial",
    r"s/?n(?=[ :#.])",
    r"udi(?:-di|-pi)?",
    r"imei",
    r"(?:ger[äa]te-?|serien-?|implantat-?|chargen-?)(?:nummer|nr|id|kennung)\b\.?",
    r"mac(?: address)?",
    r"(?:num[ée]ro|n\.? ?[°º])\.? ?de (?:s[ée]rie|lot)",
    r"(?:n[úu]mero|n\.? ?[°º])\.? ?de (?:serie|lote)",
    r"lote",
    r"lot|batch",
)
BIOMETRIC = _no(
    r"(?:(?:finger|thumb|palm|voice) ?prints?|(?:retinal?|iris) (?:scans?|templates?|images?)|"
    r"fac(?:e|ial) (?:recognition|template|geometry|scan|id)|biometrics?|gait (?:template|profile)|"
    r"dna profile|hand geometry)"
    r"(?: (?:scan|template|hash|profile|record|sample|recording|file|code|data|print|reference|"
    r"enrol?l?ment|image|identifier|id)){0,3}",
    r"(?:fingerabdruck|iris-?scan|netzhaut-?scan|stimmabdruck|"
    r"biometri\w{0,8}(?: kennung| vorlage)?)"
    r"(?:-?(?:nummer|nr|id|vorlage|muster|code|kennung))?\b\.?",
    r"empreintes? (?:digitales?|vocales?|r[ée]tiniennes?)",
    r"huellas? (?:dactilar(?:es)?|digital(?:es)?|de voz)",
    r"scan de l['’]iris",
    r"donn[ée]es? biom[ée]triques?",
    r"(?:escaneo|registro|identificador) (?:de iris|biom[ée]trico)",
)
OTHER = _no(
    r"(?:passport|accession|specimen|sample|study|trial|subject|participant|order|"
    r"prescription|rx|referral|voucher|badge|employee|student|"
    r"device tracking|tracking|registry|national|tax|ticket|booking|appointment|lab|report|"
    r"requisition|reference|unique|identity|identification)s?"
    r"(?: (?:card|id|subject|patient))?[ -]?(?:no\b\.?|numbers?|#|id\b|identifier|code|"
    r"identification)",
    r"passport",
    r"accession",
    r"(?:reise)?pass-?(?:nummer|nr)\b\.?",
    r"personalausweis(?:-?(?:nummer|nr))?\b\.?",
    r"ausweis-?(?:nummer|nr)\b\.?",
    r"steuer-?(?:id|nummer|nr)\b\.?",
    r"sozialversicherungs-?(?:nummer|nr)\b\.?",
    r"svnr",
    r"auftrags-?(?:nummer|nr)\b\.?",
    r"proben-?(?:nummer|nr|id)\b\.?",
    r"nir",
    r"insee",
    r"passeport",
    r"carte d['’]identit[ée]",
    r"(?:num[ée]ro|n\.? ?[°º])\.? ?(?:d['’]|de )(?:ordonnance|pr[ée]l[èe]vement|passeport)",
    r"pasaporte",
    r"dni",
    r"nie",
    r"nif",
    r"curp",
    r"(?:n[úu]mero|n\.? ?[°º])\.? ?de (?:pasaporte|muestra|identidad)",
    r"nhs",
    r"cpf|cnpj|bsn|pesel|aadha+r|nino?|ppsn?|sin(?= ?(?:no|number|[:#]))|tfn|personnummer|fnr|cnp",
    r"national insurance",
    r"codice fiscale",
    r"(?:burger)?servicenummer",
    r"c[ée]dula de identidad",
)
