"""People who are diseases, tests, books and germs: medicine's own names, which name no patient."""

from __future__ import annotations

import re
from collections.abc import Sequence

from diq_core.privacy.runs import Token

EPONYMS = frozenset(
    """
    abderhalden achilles adam adams addison adie adson albers albright alport alzheimer andersen
    anton apgar apley argyll arnold asherman ashman asperger aschoff auer austin auerbach avellis
    babinski baker bainbridge balint bancroft bankart banti barlow barr barre barrett bartholin
    bartonella bartter basedow bassini batten bazett becker bechterew beck beckwith behcet behçet
    bell bence bennett berger bernard billroth binet binswanger biot bishop bitot blalock blumberg
    blumer boas bochdalek boerhaave bohr bombay borrelia bouchard bowen bowman brenner brill broca
    brodie brown brucella brudzinski brugada brugia bruton budd buerger burkholderia burkitt
    burnett bushke cajal calot caldwell campbell caplan carney caroli castleman chagas chadwick
    charcot charles chediak cheyne chiari child christmas chvostek churg clara clostridium cobb
    codman colles conn cooley coombs cooper corti courvoisier cowden cowper coxiella crede
    creutzfeldt crigler crohn cronkhite cruveilhier cullen curling cushing dandy darier davidson
    dejerine denonvilliers dercum devic diamond dieulafoy di digeorge dohle doppler douglas down
    dressler duchenne duke dupuytren duroziez ebstein eck edinger edward edwards ehlers ehrlich
    eisenmenger ellis epstein erb escherichia eustachian evans ewing fabry fallopian fallot
    fanconi felty finkelstein fisher fitz fleischner foley forbes fournier fowler franceschetti
    frank freud frey friedreich frohlich froment galeazzi galen gallavardin gardner gaucher
    gaussian gerstmann gerota ghon giemsa gilbert gilles gitelman glanzmann glasgow gleason
    glisson goldblatt golgi goodpasture goodsall gorlin gottron gowers graaf graafian gradenigo
    graham gram graves grey griesinger guillain guthrie guyon haab hageman hallervorden ham hamman
    hand hansen harris harrison hartmann hartnup hashimoto haverhill heberden hegar heimlich heinz
    henderson henle henoch hering hermansky hers hesselbach hess heymann higginson hill hippel
    hirschsprung his hodge hodgkin hoffmann holmes homans horner howell howship huhner hunner hunt
    hunter huntington hurler hurthle hutchinson jacob jacksonian jackson jaeger janeway jansky
    jarisch jefferson jeghers jod johnson jones kallmann kaplan kaposi kartagener kasabach
    kawasaki kayser kearns kegel kehr keith kernig kienbock kikuchi kimmelstiel kimura klatskin
    klebsiella kleihauer klinefelter klippel klumpke koch kocher koebner koplik korotkoff
    korsakoff krabbe krukenberg kugelberg kulchitsky kupffer kussmaul lachman ladd laennec lafora
    lambert landry langer langerhans langhans larrey laurence leber legg legionella leigh leishman
    lemierre lennox leriche lesch leser letterer lewy leydig libman lichtenberg liddle likert
    linton lisch lisfranc listeria little littre loeffler loffler louis lown luc ludwig luschka
    lyell lyme lynch macburney mackenrod macewen mallory mantoux marburg marcus marfan marie
    marjolin marshall maslow mcardle mcburney mccune mcmurray meckel meibomian meig meigs meissner
    mendel mendelson menetrier meniere ménière menkes merkel miller millard mobitz moll mondor
    monro monteggia montgomery moro morrison morton mullerian munchausen munro murphy naegele
    nelson niemann nightingale nissl noonan norwalk oddi ogilvie ollier osgood osler ortner
    ortolani paget pancoast paneth panner papez pappenheim park parkes parkinson pasteurella patau
    paterson patrick pautrier pavlov pel pelger perthes peutz peyer peyronie pfannenstiel phalen
    philadelphia pick pickwick pickwickian pierre plummer poiseuille pompe pott potter pouch
    poupart prader pringle prinzmetal proteus purkinje purtscher quincke ramsay randall ranson
    rasmussen rathke raynaud recklinghausen reed refsum reiter rendu rett retzius reye rickettsia
    riedel rinne robbins robin robson rolando romano romberg rorschach rosenthal roth rotor
    rouleaux roux rovsing rubin ruffini russell salmonella sampson sandhoff sanger scarpa
    schaumann schatzki scheie scheuermann schick schiff schilder schiller schilling schirmer
    schober schonlein schwann schwartz seldinger sertoli sever sezary sezáry sharpey sheehan
    shigella shine shy silver simmonds sims sipple sister sjogren sjögren skene smith snellen
    spalding sphincter spigelian spitz spurling stanford starling steele stein steinberg stevens
    stewart still stokes strumpell sturge sudeck susac sweet swan swyer sydenham symmers takayasu
    tamm tanner tarui tay terry thomas thomsen thompson tietze tinel todd tourette traube treacher
    treitz trendelenburg treponema triad trousseau troisier turcot turner unna valsalva van vater
    velpeau vernet vincent virchow volkmann vogt von waardenburg wagner waldenstrom waldeyer
    wallenberg wallerian walter wangensteen warburg warthin waterhouse watson weber wegener weil
    wenckebach werdnig wermer werner wernicke wertheim west western whipple whitaker white wickham
    widal wilks willebrand williams willis wilms wilson winslow wiskott wolff wolfram wolman wood
    wright wuchereria yersinia youden zellweger zenker ziehl zollinger zuckerkandl
    """.split()  # noqa: SIM905
)
"""Single words, in lower case."""

NOUNS = frozenset(
    """
    abscess agar agent algorithm anaemia anemia aneurysm angle anomaly antibodies antibody antigen
    aphasia apparatus arteritis artery arthropathy ataxia atrophy axis band barrier bleb bodies
    body breathing bursa canal carcinoma cast catheter cell cells chart chorea circle
    classification clamp classifications coefficient column complex condition contracture
    corpuscle corpuscles correction cramp criteria crisis curve cycle cyst cysts dance defect
    deformity degeneration dermatitis dilemma disc discs disease diseases disorder disorders
    diverticulum duct dwarf dystrophy edition effect encephalopathy endocarditis enteropathy
    epilepsy equation erythema et exanthem experiment facies fascia fashion fever fibers fibres
    fibroma filter focus forceps foramen formula fossa fracture fractures frame ganglion gangrene
    gland glands glomerulonephritis goitre goiter granuloma granules granulomatosis grade grading
    gyrus haemophilia hernia hepatosplenomegaly hypothesis immunization incision index inclusion
    inhibitor juice keratosis lamina law laws layer lesion leukaemia leukemia leukodystrophy
    ligament line lines lipidosis loop lymphadenitis lymphoma macroglobulinemia macula
    malformation maneuver manoeuvre mark marks measles medium megaloureter melanoma membrane
    meningitis metaplasia method microscope model mole murmur muscle myopathy myotonia nebula
    needle nephritis nephropathy nerve neuralgia neuralgic neuroma neuropathy node nodes nodule
    nodules nucleus nystagmus operation organ osteodystrophy ophthalmoplegia palsy paralysis
    paraplegia paresis patch patches pattern phenomenon phase pit plane plate plaques plexus point
    position pouch pressure principle procedure process pulse pupil pump purpura rash ratio
    reaction reagent reflex regimen repair resection respiration rest reticulosis retractor ring
    rings rods rule sarcoma scale schema score scoring segment sheath shunt sickness sign signs
    skin sore space spasm sphincter splint spot spots stage staging stain staining stenosis
    stimulus strain stricture study survey suture sutures swab syndrom syndrome syndromes
    syndromic synthesis system tables technique telangiectasia test tests tetrad tetralogy
    textbook theory therapy thyroiditis tic transformation triad trial triangle tube tubercle
    tubules tumor tumors tumour tumours ulcer unit uropathy uveitis valve vein ventricle vertigo
    vesicles virus view wave waves web window zone zones i ii iii iv type award prize university
    hospital clinic medical college school institute foundation center centre clinics health
    syndrome's krankheit syndroms maladie enfermedad síndrome al fire purpura
    """.split()  # noqa: SIM905
)
"""What an eponym stands before: a name followed by one of these is no person here."""

_AFTER = re.compile(r"(?:['’]s?)?[ -]+([a-zéíA-Z]+)|['’]s?(?![a-z])")
_SAINTS = ("St. ", "Saint ", "St ", "King ", "Queen ", "Pope ", "Prince ", "Johns ")


def is_eponym(text: str, part: Sequence[Token]) -> bool:
    """Return whether this is the name of a disease, a test or a book rather than a person."""
    return all(each.plain in EPONYMS for each in part) or noun_after(text, part)


def noun_after(text: str, part: Sequence[Token]) -> bool:
    """Return whether what stands around says that this is a disease, a test or a citation."""
    if text[max(0, part[0].start - 7) : part[0].start].endswith(_SAINTS):
        return True
    after = _AFTER.match(text, part[-1].end)
    noun = (after.group(1) or "").casefold() if after else ""
    return noun in NOUNS
