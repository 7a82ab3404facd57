"""Which words are given names and surnames, and which are so ordinary that they prove nothing.

The lists are those of the US census of 1990 (public domain; package `names`) and, for other
languages, the common given names below.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files

_MORE_GIVEN = frozenset(
    """
    adrien agnes aleksander alejandra alejandro alessandro alexandre alfonso alina amelie amina
    ana anais andrea andreas andrzej angelika anke anja anneliese annika antje antoine antonia
    antonio arnaud astrid aurelie ayse barbora bastien beata beatriz benedikt benoit bernd birgit
    blanca bozena brigitte camille carlos carmen caroline cecile celine charlotte chantal chiara
    christophe claire claude claudia clemens corinne cristina dagmar damien daniela david delphine
    denis detlef didier diego dieter dimitri dorothea dmitri eduardo ekaterina elena eleonore elif
    elisabeth elke elodie emil emilie emiliano emmanuel emre enrique erika ernst esteban esther
    etienne eugenie eva fabian fabien fabienne fatima fatma federico felipe felix fernando florian
    francesca francesco francisco franck francois francoise franz frederic friedrich gabriel
    gabriela gaelle georges gerard gerd gerhard gertrud gilles giorgio giovanni giulia gisela
    gonzalo greta grzegorz guadalupe guillaume guillermo gunther gustavo hans hanna hannah
    hannelore hans-peter harald hassan heike heiko heinrich heinz helene helga helmut henri
    herbert hermann hildegard holger horst hubert hugo hussein ibrahim ignacio igor ines inge
    ingeborg ingo ingrid irena irina irmgard isabel isabelle ivan jacqueline jacques jaime jan
    jana javier jens jerome jesus joachim joao joaquin jochen johann johanna johannes jolanta
    jonas jorge jose josef josefa josephine juan juana juergen julien juliette julia julio jurgen
    jutta kai karim karin karl karl-heinz karolina katarzyna katharina katja kerstin khadija klaus
    konrad krzysztof lars laura laurence laurent lea leonie lena lucas lucia lucie luca luciano
    ludovic luis luisa lukas maciej magdalena malgorzata manfred manuel manuela marc marcel marcos
    marek margarete margaux margot maria marianne marie marine marion mario mariusz marlene marta
    martin martina martine mateo matteo matthias mathieu mathilde maurice maxime mehmet mercedes
    michaela michal michel michele miguel mireille mohamed mohammed monica monika monique muhammad
    murielle mustafa nadia nadine nathalie natalia nicolas nicole nikolaus noelle nora norbert
    odile olaf olga oliver olivier oscar otto pablo pascal patrice paula pauline pawel pedro peter
    petra philippe pierre pilar piotr rachel rafael raimund rainer ralf ramon raphael raquel raul
    regina reinhard renate rene ricardo rocio roberto rodrigo roland rolf romain rosario rosa
    rudolf ruth sabine salvador sandra sandrine santiago sara sebastien sebastian segolene sergei
    sergio sigrid silke silvia simone sofia sonia sophie stanislaw stefan stefanie stephane
    stephan steffen susana susanne suzanne svetlana sven sylvie tania tatiana teresa theodor
    therese thibault thierry thomas thorsten tomas tomasz torsten ulrich ulrike ursula ute uwe
    valentin valerie veronique vicente victor victoire vincent virginie viktor volker waltraud
    walter werner wilhelm wolfgang xavier yannick yasmin yolanda yves yvette yvonne zofia aarav
    aditya ahmed aisha ali amir amit anil anita anjali arjun ashok deepak divya fatimah geeta
    gopal hamid hiroshi kavita kenji khalid kiran krishna lakshmi leila li mahmoud manoj meera mei
    ming mariam neha nguyen omar pooja prakash pradeep priya rahul rajesh rakesh ravi rekha rohit
    sanjay sita sunil sunita suresh takashi usha vijay vikram wei xiao yuki yusuf zainab
    """.split()  # noqa: SIM905
)
# Given names that are words, places, drugs or germs at least as often.
_DOUBTFUL = frozenset(
    """
    an al alpha ample angel april art august austin autumn basil berry beta bill blanch bo books
    brook buck bud candy carol carry case cat chance charity chance chin christian chase clay
    cliff cole coy cruz crystal dale dallas dawn dean dee delta denver desire dick dion don dong
    dot drew duncan dusty earl eden ester eve faith fe fern fiber florence forest france frank
    gail gale gay gene genesis georgia german glory golden grace grant guy ha harmony hazel
    heather holly hope hue hung hunter in india ion iris iron israel ivory ivy jade jasmine jewel
    joy june justice kit lady lane laurel lance lavender leaf lee leg leigh li lily london long
    lorene love lucky lynn ma mac madison major man many margarita mark marine may melody mercy
    merle merry min ming mi misty mission my myrtle n na nickel night norma numbers of olive
    oliver ok opal orange page pa paris patience pearl penny per pilar port precious prince
    princess providence queen rae ran ray red reed rex rich rick rod rocky rose royal ruby rusty
    san sage sal sang santa season sharp shelly sherry sierra silver sky so sol son song soon star
    stormy storm summer sun sunshine sydney sung tabatha tad temple the ten tiny tie toi too toy
    tu tuan un unknown van verda victor victoria viola violet virgin virginia washington wan wei
    wes will windy winter wing y yen yes young young zone chi eu hai lu leukemia medicine mira
    virgo vita santo salvador case dorsal berg sole rhea asia kenya sid sicily troy verona vienna
    trinidad lourdes jesus lin rosaria mercy media porter bee trey pain hans lai mai ai an ashley
    dani elk lyme echo babe
    """.split()  # noqa: SIM905
)
_NO_SURNAME = frozenset(
    """
    the a an and or of in on at to for with by is was has had are were who which that this these
    those from after before during as but not no he she it they his her their its all any both
    each every few more most other some such if when while where how why what then than because
    due patient patients disease syndrome hospital clinic street road city blood pressure test
    stage type class group year years old day days week weeks month months hour hours presents
    presented reports reported disorder cancer tumor medical medicine doctor nurse college
    university school center centre department study trial theory law laws society association
    journal edition book textbook question answer option january february march april may june
    july august september october november december monday tuesday wednesday thursday friday
    saturday sunday virus bacteria protein gene cell cells acid enzyme pneumonia
    """.split()  # noqa: SIM905
)


def plain(word: str) -> str:
    """Return `word` in lower case without accents."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _census(*lists: str) -> frozenset[str]:
    lines = (line for name in lists for line in (files("names") / name).open(encoding="ascii"))
    return frozenset(line.split(None, 1)[0].lower() for line in lines)


@cache
def given_names() -> frozenset[str]:
    """Return the given names that speak for themselves, in lower case without accents."""
    return (_census("dist.male.first", "dist.female.first") | _MORE_GIVEN) - _DOUBTFUL


@cache
def doubtful_names() -> frozenset[str]:
    """Return the given names that are other words at least as often."""
    return _census("dist.male.first", "dist.female.first") & _DOUBTFUL


@cache
def surnames() -> frozenset[str]:
    """Return the surnames, in lower case."""
    return _census("dist.all.last") - _NO_SURNAME
