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
    aaliyah abdel abdul abdullah abdulrahman abena abimbola abiodun achieng adaeze adebayo adel
    adnan adwoa afia agnieszka akiko akinyi akosua akua aleksandr aleksandra aleksei alejandra
    alexei alhassan alisher aliyah amadou amani amara aminata amina amira ananya andrzej anh anil
    anjana ankit anneke annelies anouk aoife aparna arash arif arjan arnav artem arvind asuka ayaan
    ayodele ayse aysel ayumi azadeh babak babatunde bahar bal bartosz beatrix bilal bjarne bjorn
    bogdan bronwyn burak can caoimhe cem chiamaka chidi chika chinedu chinwe chioma ciaran conchita
    cormac dalia dariusz darius darya deirdre devi dewi dhruv dilip dilnoza dina dipak divyansh
    doruk dragan ebele efua ekene emeka emine emre eoin esi esra faisal farah fareed farhan farid
    farida fatoumata fatou femi ferhat fiona folake funmilayo ganesh gareth giorgos giuseppe
    goran grainne gunnar gurpreet habib hadiya hafsa haile hakan halima hamza hana haruki haruka
    haruto hatice hemant hideo hina hitoshi hiroki huda ichiro ifeanyi ifeoma ikram iman imran
    ingeborg ioannis ionela irfan ismail itsuki ivana iwona jaan jagdish jahid jamal jamila jaroslav
    jasmina jelena jiri jitendra joanna jovana jyoti kaito kamal kamala kaori karan kareem karthik
    katarina kateryna kayode kazuki kazuo kemal keiko kelechi kenta khaled kofi kojo konstantin
    kwabena kwaku kwame kwasi kwesi lajos laszlo latifa layla leyla ljubica luka lwazi maeve magnus
    mahesh maiko maja makoto mandla mansour marijke marta marwa maryam masoud matej mayumi mehdi
    meena megumi mehmet mikhail mikko milan milica minh mina miroslav mitsuko mohamad mohammad
    mohan mohsen moussa mukesh murat nadeem nadezhda nandini naoko naomi narendra nasser nasreen
    navneet nawal neeraj nguyet niamh nikhil nikolai nikos nilufar nisha nkechi nobuko noor nour
    obinna oksana oleg oluwaseun omer oya padma pankaj parvati parvin pavel pedram pelin piotr
    pranav prasad preeti przemyslaw qasim rachid radoslaw raisa rajan raj rajeev ramesh rania rashid
    reem reza rina rishi ritu roza ruslan ryo saad sabitha sadia sakura salim salma sameer samira
    sandeep sanaa saoirse sara sarita satoshi sayed selim serhat serkan seung shabnam shahid
    shahnaz shanti sheikh shinji shirin shivani shreya sibusiso siddharth sigurd simran sindre
    siobhan
    snezana sneha soo soraya srinivas stavros subhash sudha sumaya suman sushila svetlana swati
    tadashi taiwo takeshi tamika tanisha tariq tatsuya temitope thabo thandi thandiwe themba thi
    thulani tiago tomoko tomasz torbjorn tuan tunde uchenna umar usman vaclav vanja varun vasiliki
    venkat vesna vidya vinod vishal vladimir vusi waleed wanjiru wojciech xiaoming xiaoyan yael
    yamila
    yaw yasemin yasir yasuko yetunde yevgeny yiannis yoko yoshiko youssef yousef yuko yuliya yuriy
    zahra zainab zanele zeynep zoltan zsofia
    """.split()  # noqa: SIM905
)
_MORE_SURNAMES = frozenset(
    """
    abdi abebe abiola acheampong achebe adeyemi adebayo afolabi agarwal agyeman akhtar aksoy aktas
    alibek almeida alvarado amadi andersson antonopoulos asante aslan ayele aydin babu balogun
    banerjee bekele benali bhat bhatt bhattacharya boateng bose bouzid bukhari celik cetin chaudhary
    chatterjee chauhan choudhury coskun dang danjuma das dasgupta demir desai deshmukh diallo diop
    djordjevic dlamini dogan eze fofana ganguly garba ghosh goswami gowda gupta haddad haidari
    hakimi hansson hosseini ibekwe ibrahimovic igwe ikeda inoue iyer jadhav jain jansson jha joshi
    jovanovic kamara kapoor karimi karlsson kaur kaya keita kobayashi kone koroma kovacs kowalczyk
    kowalski krishnan krishnamurthy kulkarni kumar kumari kuznetsov larsson mahlangu malhotra mehra
    mehta mensah mishra mohamed mokoena moyo mukherjee murthy mutua mwangi nair nagy nakamura
    nandi ndlovu ndiaye nemeth nguyen nilsson njoroge nkosi novak nowak nwosu obi odhiambo ogunleye
    okafor okeke okonkwo okoro olawale omondi onyango oduya osei ouedraogo owusu ozdemir ozturk
    pandey papadopoulos patil pham phiri pillai popescu popov pereira qureshi rahimi rao reddy
    sahin sanogo sarkar sato savic shah shaikh sharma shetty shrestha siddiqui sidibe sigurdsson
    simoes sinha sokolov srivastava subramaniam subramanian suzuki svensson szabo tadesse takahashi
    tanaka tesfaye thapa thorvaldsen tiwari toth traore tripathi ueda usmani varga varma
    venkataraman
    verma vieira vasquez wang watanabe wickramasinghe wisniewska wisniewski wojcik xu yadav yamada
    yamamoto yildirim yildiz yilmaz yoshida zhang zhao zhou zielinska zulu
    """.split()  # noqa: SIM905
)
KOREAN = frozenset(
    """
    kim lee park choi jung jeong kang cho jo yoon yun jang lim im han oh seo shin kwon hwang ahn an
    song ryu yoo yu hong moon ko go bae baek nam noh roh ha kwak sung cha joo ju woo min jin
    """.split()  # noqa: SIM905
)
"""Korean surnames as they are written in Latin letters."""
VIETNAMESE = frozenset(
    """
    nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh truong mai trinh
    """.split()  # noqa: SIM905
)
VIETNAMESE_MIDDLE = frozenset(
    """
    van thi duc minh quoc thanh ngoc huu xuan anh kim hong thu tuan dinh quang bao phuong cong van
    """.split()  # noqa: SIM905
)
"""Vietnamese surnames, and the words that follow them in a name."""
# Given names that are words, places, drugs or germs at least as often.
_DOUBTFUL = frozenset(
    """
    an al alpha ample angel king bal can dos soo thi mina minh nova luka imam amara das april art
    august austin autumn basil berry beta bill blanch bo books
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
    return (_census("dist.male.first", "dist.female.first") | _MORE_GIVEN) & _DOUBTFUL


@cache
def surnames() -> frozenset[str]:
    """Return the surnames, in lower case."""
    return (_census("dist.all.last") | _MORE_SURNAMES) - _NO_SURNAME
