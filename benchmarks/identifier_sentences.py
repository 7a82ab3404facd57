"""Made-up sentences with one known identifier each: a set to tune on, and one kept apart.

The two sets share neither seeds nor sentences; people, addresses and numbers are Faker's in five
languages, or made here in forms that Faker does not write. No list that the finder uses comes
from Faker.
"""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from faker import Faker

from benchmarks.app_server import ROOT
from diq_core.privacy.identifier import Kind

SEEDS = {"tuning": 20_000, "held out": 70_001}
_LOCALES = {"en": ("en_US", "en_GB"), "de": ("de_DE",), "fr": ("fr_FR",), "es": ("es_ES",)}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where its identifier lies.

    Attributes:
        kind: class of the identifier.
        text: the sentence.
        start: first character of the identifier.
        end: one after its last.
    """

    kind: Kind
    text: str
    start: int
    end: int


class Maker:
    """Makes identifiers of every class from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._fakers: dict[str, list[Faker]] = {}
        for language, locales in _LOCALES.items():
            self._fakers[language] = [Faker(each) for each in locales]
            for at, each in enumerate(self._fakers[language]):
                each.seed_instance(seed + at)

    def sentences(self, kind: Kind, count: int, templates: list[tuple[str, str]]) -> list[Sentence]:
        """Return `count` sentences of one class, its pairs of language and text taken in turn."""
        return [self._fill(kind, *templates[at % len(templates)]) for at in range(count)]

    def _fill(self, kind: Kind, language: str, template: str) -> Sentence:
        before, _, rest = template.partition("{")
        form, _, after = rest.partition("}")
        value = self._value(kind, form, language)
        return Sentence(kind, before + value + after, len(before), len(before) + len(value))

    def _value(self, kind: Kind, form: str, language: str) -> str:
        faker = self._random.choice(self._fakers[language])
        if form:
            return getattr(self, f"_{form}")(faker)  # type: ignore[no-any-return]
        make: Callable[[Faker], str] = getattr(self, f"_{kind}")
        return make(faker)

    def _digits(self, count: int) -> str:
        return "".join(self._random.choices(string.digits, k=count))

    def _pick(self, *forms: str) -> str:
        """Return one of the forms, with # a digit and ? a capital letter."""
        chosen = self._random.choice(forms)
        return "".join(
            self._digits(1) if each == "#" else
            self._random.choice("ABCDEFGHJKLMNPRSTUVWXYZ") if each == "?" else each
            for each in chosen
        )  # fmt: skip

    def _name(self, faker: Faker) -> str:
        return f"{faker.first_name()} {faker.last_name()}"

    def _last_first(self, faker: Faker) -> str:
        return f"{faker.last_name()}, {faker.first_name()}"

    def _shouted(self, faker: Faker) -> str:
        return f"{faker.last_name()}, {faker.first_name()} {self._pick('?')}".upper()

    def _last(self, faker: Faker) -> str:
        return str(faker.last_name())

    def _first(self, faker: Faker) -> str:
        return str(faker.first_name())

    def _initial(self, faker: Faker) -> str:
        return f"{faker.first_name()} {self._pick('?')}. {faker.last_name()}"

    def _small(self, faker: Faker) -> str:
        return self._name(faker).lower()

    def _place(self, faker: Faker) -> str:
        return str(faker.street_address()).replace("\n", ", ")

    def _town(self, faker: Faker) -> str:
        return str(faker.city())

    def _zip(self, faker: Faker) -> str:
        return str(faker.postcode())

    def _state_zip(self, faker: Faker) -> str:
        return f"{faker.city()}, {self._pick('IL', 'TX', 'OH', 'CA', 'NY', 'FL')} {self._digits(5)}"

    def _date(self, faker: Faker) -> str:
        day = faker.date_between("-90y", "today")
        forms = (
            "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%B %d, %Y", "%b %d, %Y",
            "%d %B %Y", "%d-%b-%Y", "%d %b %Y", "%Y/%m/%d", "%B %Y", "%d%b%Y", "%b. %d, %Y",
            "%Y-%m-%dT%H:%M:%S", "%m/%d/%y", "%d.%m.%y", "%B %d", "%d %B",
        )  # fmt: skip
        return day.strftime(self._random.choice(forms))

    def _ordinal(self, faker: Faker) -> str:
        day = faker.date_between("-90y", "today")
        end = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 * (day.day // 10 != 1), "th")
        month = day.strftime("%B")
        return self._random.choice(
            [f"{month} {day.day}{end}, {day.year}", f"{day.day}{end} of {month} {day.year}",
             f"the {day.day}{end} of {month}"[4:], f"{month} {day.day}{end}"]
        )  # fmt: skip

    def _figures(self, faker: Faker) -> str:
        day = faker.date_between("-90y", "today")
        return day.strftime(self._random.choice(["%Y%m%d", "%m%d%Y", "%m/%Y", "%m/%d", "%d%m%Y"]))

    def _local_date(self, faker: Faker) -> str:
        months = {
            "de": "Januar Februar März April Mai Juni Juli August September Oktober November "
            "Dezember",
            "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre "
            "décembre",
            "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre "
            "noviembre diciembre",
        }
        language = faker.locales[0][:2]
        day = faker.date_between("-90y", "today")
        month = months[language].split()[day.month - 1]
        forms = {
            "de": [f"{day.day}. {month} {day.year}", f"{day.day}.{day.month}.{day.year}",
                   f"{day:%d.%m.%y}", f"{month} {day.year}", f"{day.day}. {month}"],
            "fr": [f"{day.day} {month} {day.year}", f"{day:%d/%m/%Y}", f"{month} {day.year}",
                   f"{day.day} {month}"],
            "es": [f"{day.day} de {month} de {day.year}", f"{day:%d-%m-%Y}",
                   f"{month} de {day.year}", f"{day.day} de {month}"],
        }  # fmt: skip
        return self._random.choice(forms[language])

    def _age(self, _: Faker) -> str:
        return str(self._random.randint(90, 112))

    def _phone(self, faker: Faker) -> str:
        return str(faker.phone_number())

    def _us_phone(self, _: Faker) -> str:
        return self._random.choice("2356789") + self._pick(
            "##-###-####", "##.###.####", "## ### ####", "##-###-#### x###"
        )

    def _fax(self, faker: Faker) -> str:
        return str(faker.phone_number())

    def _email(self, faker: Faker) -> str:
        user, _, host = str(faker.email()).partition("@")
        return self._random.choice(
            [f"{user}@{host}", f"{user}+clinic@mail.{host}", f"{user} (at) {host}",
             f"{user}@{host}".upper(), f"{user}_{self._digits(2)}@{host}"]
        )  # fmt: skip

    def _ssn(self, _: Faker) -> str:
        return str(self._fakers["en"][0].ssn())

    def _loose_ssn(self, _: Faker) -> str:
        return str(self._fakers["en"][0].ssn()).replace("-", self._random.choice(["", " ", "."]))

    def _record(self, _: Faker) -> str:
        return self._pick("#######", "########", "??-######", "?######", "##-##-##", "H#########",
                          "######-#", "####-####", "MR######")  # fmt: skip

    def _plan(self, _: Faker) -> str:
        return self._pick("???#########", "#########", "W#########", "?##-####-###", "########-##",
                          "??########", "###-##-#####")  # fmt: skip

    def _mbi(self, _: Faker) -> str:
        letter = self._random.choice("ACDEFGHJKMNPQRTUVWXY")
        return f"{self._random.randint(1, 9)}{letter}{self._pick('?#-?')}{self._pick('?#-??##')}"

    def _kvnr(self, _: Faker) -> str:
        letter, digits = self._pick("?"), self._digits(8)
        products = (int(d) * (1 + at % 2) for at, d in enumerate(f"{ord(letter) - 64:02d}{digits}"))
        return f"{letter}{digits}{sum(p // 10 + p % 10 for p in products) % 10}"

    def _account(self, _: Faker) -> str:
        return self._random.choice(
            [
                self._digits(10),
                self._digits(8),
                self._pick("####-####-##", "AC#######", "##-######"),
            ]
        )

    def _card(self, faker: Faker) -> str:
        number = str(faker.credit_card_number("visa16"))
        return self._random.choice(
            [number, " ".join(number[at : at + 4] for at in range(0, 16, 4)),
             "-".join(number[at : at + 4] for at in range(0, 16, 4))]
        )  # fmt: skip

    def _iban(self, _: Faker) -> str:
        iban = str(
            self._random.choice(
                [*self._fakers["de"], *self._fakers["fr"], *self._fakers["es"]]
            ).iban()
        )
        spaced = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
        return self._random.choice([iban, spaced])

    def _licence(self, _: Faker) -> str:
        return self._pick("?########", "A######", "MD######", "######", "##.######", "RN-######",
                          "#########")  # fmt: skip

    def _dea(self, _: Faker) -> str:
        digits = self._digits(6)
        odd, even = (sum(map(int, digits[at::2])) for at in (0, 1))
        return f"{self._random.choice('ABFM')}{self._pick('?')}{digits}{(odd + 2 * even) % 10}"

    def _npi(self, _: Faker) -> str:
        body = "1" + self._digits(8)
        doubled = [int(d) * (2 - at % 2) for at, d in enumerate(reversed("80840" + body))]
        total = sum(each // 10 + each % 10 for each in doubled)
        return body + str(-total % 10)

    def _vehicle(self, _: Faker) -> str:
        return self._pick("???-####", "### ???", "?##-???", "??? ####", "#???###")

    def _vin(self, _: Faker) -> str:
        return str(self._fakers["en"][0].vin())

    def _local_plate(self, faker: Faker) -> str:
        forms = {
            "de": ("?-?? ####", "??-? ###"),
            "fr": ("??-###-??",),
            "es": ("#### BCD", "####-FGH"),
        }
        return self._pick(*forms[faker.locales[0][:2]])

    def _device(self, _: Faker) -> str:
        return self._pick("SN######", "???######?", "#########", "??-#####-##", "##?#####",
                          "PJN######?")  # fmt: skip

    def _udi(self, _: Faker) -> str:
        return self._pick(
            "(01)##############(17)######(10)?####(21)######", "(01)##############(21)####"
        )

    def _mac(self, faker: Faker) -> str:
        return str(faker.mac_address())

    def _url(self, faker: Faker) -> str:
        host = str(faker.domain_name())
        return self._random.choice(
            [f"https://{host}/patients/{self._digits(5)}", f"http://www.{host}/",
             f"www.{host}/{faker.user_name()}",
             f"{host}/blog", host, f"https://{host}?id={self._digits(4)}"]
        )  # fmt: skip

    def _ip(self, faker: Faker) -> str:
        return self._random.choice([faker.ipv4, faker.ipv4_private, faker.ipv6])()

    def _biometric(self, _: Faker) -> str:
        return self._random.choice(
            [
                self._pick("FP-######", "BIO######", "########", "IR-####-##"),
                f"{self._random.getrandbits(64):016x}",
            ]
        )

    def _other(self, _: Faker) -> str:
        return self._pick("########", "?##-#####", "????-####", "S##-####", "#########")

    def _uuid(self, _: Faker) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _nhs(self, _: Faker) -> str:
        while True:
            digits = self._digits(9)
            check = -sum(int(d) * (10 - at) for at, d in enumerate(digits)) % 11
            if check < 10:
                whole = f"{digits}{check}"
                return f"{whole[:3]} {whole[3:6]} {whole[6:]}"

    def _nir(self, _: Faker) -> str:
        body = self._pick("1", "2") + self._pick("##") + self._pick("0", "1").replace("1", "1")
        body = (
            body[:3]
            + f"{self._random.randint(1, 12):02d}"
            + self._pick("75", "13", "69")
            + self._digits(6)
        )
        key = f"{97 - int(body) % 97:02d}"
        return f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}"

    def _dni(self, _: Faker) -> str:
        digits = self._digits(8)
        return digits + "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23]


def sentences(which: str, count: int) -> dict[Kind, list[Sentence]]:
    """Return `count` sentences of each class, of the set "tuning" or "held out"."""
    templates: dict[Kind, list[tuple[str, str]]] = {}
    for line in lines(which.replace(" ", "_")):
        kind, language, text = line.split("|", 2)
        templates.setdefault(cast(Kind, kind), []).append((language, text))
    maker = Maker(SEEDS[which])
    return {kind: maker.sentences(kind, count, many) for kind, many in templates.items()}


def lines(name: str) -> list[str]:
    """Return the lines of one file of sentences; {} stands for an identifier of the class."""
    path = ROOT / "benchmarks" / "identifiers_sentences" / f"{name}.txt"
    return path.read_text(encoding="utf-8").splitlines()


def hard_cases(which: str) -> list[tuple[Sentence | None, str]]:
    """Return texts as strangers would try them, with the one identifier that each holds, or None.

    Args:
        which: "tuning", on which the rules were tuned, or "held out", which was written before the
            rules and only counted.
    """
    return [_hard_case(line) for line in lines(f"hard_{which.replace(' ', '_')}")]


def _hard_case(line: str) -> tuple[Sentence | None, str]:
    kind, marked = line.split("|", 1)
    before, _, rest = marked.partition("⟦")
    value, _, after = rest.partition("⟧")
    text = before + value + after
    if kind == "none":
        return None, text
    return Sentence(cast(Kind, kind), text, len(before), len(before) + len(value)), text
