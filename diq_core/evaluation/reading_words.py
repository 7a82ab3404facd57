"""The words in which answers are stated, ruled out and corrected, by language.

A word plays one *role*, written as a letter; the grammar in `reading` speaks of roles alone, so a
language is learned by adding a row. A phrase may play several roles in turn ("it is" = `P` `b`).
Words are compared with case and accents folded; Chinese, Korean and Japanese by character.
"""

from __future__ import annotations

ROLES = {
    "N": "the answer itself: answer, choice, solution",
    "O": "what labels are called: option, letter",
    "P": "a word that stands for the answer: it, this",
    "b": "is, remains, reads",
    "m": "would, should, must",
    "h": "a guess: could, might, perhaps",
    "R": "right: correct, best, most likely",
    "W": "wrong: incorrect, unlikely, excluded",
    "-": "no, not, neither, rather than",
    "B": "what a negation leads to: but, instead",
    "C": "choosing: choose, pick, go for, leaves",
    "V": "choosing, behind what is chosen (B wählen)",
    "T": "concluding: so, therefore, thus",
    "q": "a thought that is past: at first, initially",
    "i": "a condition: if, unless",
    "w": "taking back: wait, hold on",
    "o": "and, or",
    "c": "begins a clause of its own: because, which, although",
    ":": "a colon, an equals sign, a dash between blanks",
    "f": "carries no meaning here: the, of, most, clearly",
    "y": "an answer in itself: yes",
}

LANGUAGES: dict[str, dict[str, str]] = {
    "signs": {
        ":": "= | → | ⇒ | : | 】",
        "o": "/ | & | + | 、",
        "W": "✗ | ✘ | ❌",
        "R": "✓ | ✔ | ✅",
    },
    "en": {
        "N": "answer | answers | choice | solution | response | conclusion | pick | guess | ans | "
        "correction | corrected | selection | verdict | final | one | vote | finalanswer",
        "N:": "ans .",
        "O": "option | letter | alternative | number | item | options | statement",
        "P": "it | this | that must | that would",
        "Pb": "it's | that's | that is",
        "b": "is | was | be | are | remains | seems | appears | becomes | being | 's | reads | "
        "turns out | would be | stays",
        "m": "would | should | must | has to | have to | ought to | will | 'd",
        "h": "could | might | may | can | perhaps | possibly | maybe",
        "R": "correct | right | best | most likely | likeliest | most appropriate | true | most "
        "suitable | proper | most probable | most accurate | preferred | strongest | fits best "
        "| fits | most consistent | correctly",
        "W": "incorrect | wrong | false | unlikely | excluded | ruled out | contraindicated | "
        "avoided | inappropriate | mistake | less likely | least likely | eliminated | "
        "rejected | discarded | unsuitable | incorrectly | out | trap | distractor | "
        "inadequate | inferior | bad | insufficient | less appropriate | worst | error | "
        "impossible | withheld",
        "-": "not | no | isn't | wasn't | cannot | can't | won't | don't | doesn't | aren't | "
        "wouldn't | shouldn't | couldn't | didn't | never | neither | nor | none | without | "
        "rather than | instead of | except | except for | excluding | exclude | excludes | "
        "eliminate | eliminates | eliminating | rule out | rules out | ruling out | unlike | "
        "discard | reject | avoid | apart from | other than | lacks | against | non | hardly | "
        "stop | discontinue | isnt | cant | dont | nothing",
        "f": "no doubt | without doubt | without a doubt | no question | not only | the | a | an | "
        "of | for | to | most | likely | probably | definitely | clearly | certainly | surely "
        "| indeed | here | my | our | your | question | following | given | as | that | with | "
        "in | in this case | above | only | all | both | simply | very | then | just | "
        "definite | obviously | undoubtedly | if i had to choose | if i had to | if forced | "
        "if i must | most definitely | final answer choice | i.e. | e.g.",
        "B": "but | but rather | instead | rather | yet",
        "C": "choose | chose | choosing | chosen | picking | select | selected | selecting | go "
        "with | going with | go for | going for | went with | opt for | favour | favor | "
        "prefer | think | believe | i'd say | i would say | settle on | vote for | leaves | "
        "leaves us with | left with | leaving | points to | point to | consistent with option "
        "| lean towards | leaning towards | bet on | conclude | concluding | supports | "
        "suggests | namely | answer with | mark | would pick | i pick | i'd pick | to pick | i "
        "would pick | i'll pick | matches | corresponds to | left is",
        "T": "so | therefore | thus | hence | consequently | in conclusion | in summary | actually "
        "| in short | by exclusion | by elimination | overall | ergo | accordingly | finally | "
        "i mean | make that | on reflection",
        "q": "first thought | at first | initially | thought | i said | tempting | tempted | some "
        "say",
        "i": "if | unless | suppose | were it",
        "w": "wait | hold on | scratch that | hmm | let me check again | let me reconsider | oops",
        "o": "and | or | versus | vs | as well as",
        "c": "because | since | due to | which | while | whereas | although | though | where | "
        "when | who | despite | by | after | even though | however",
        "y": "yes",
    },
    "de": {
        "N": "antwort | losung | wahl | ergebnis | korrektur | fazit",
        "O": "antwortoption | antwortmoglichkeit | buchstabe | moglichkeit | aussage | nummer",
        "Pb": "es ist | das ist | das ware | es handelt sich um | dies ist",
        "b": "ist | lautet | ware | war | sind | bleibt | heisst | fallt auf | heißt | sei | liegt "
        "bei",
        "m": "muss | wurde | werde | sollte | durfte | wird | muss sein",
        "h": "konnte | moglicherweise | vielleicht | kann",
        "R": "richtig | richtige | richtiger | richtigen | korrekt | korrekte | korrekten | "
        "zutreffend | am wahrscheinlichsten | wahrscheinlichste | beste | am besten | "
        "zutreffende | stimmt",
        "W": "falsch | falsche | inkorrekt | unwahrscheinlich | ausgeschlossen | ausgeschieden | "
        "kontraindiziert | unzutreffend | ungeeignet",
        "-": "nicht | kein | keine | keinen | keiner | keinem | weder | noch | nie | niemals | "
        "ohne | statt | anstatt | ausser | außer | gegen",
        "f": "die | der | das | den | dem | ein | eine | einen | einer | meine | mein | fur | "
        "auf | zu | daher | eher | wohl | eindeutig | zweifellos | hier | kein zweifel | ohne "
        "zweifel | mich fur | doch",
        "B": "sondern",
        "V": "wahlen | nehmen",
        "C": "wahle | entscheide | tippe auf | nehme | trifft | spricht fur | passt | denke | "
        "glaube | entscheide mich fur | wurde sagen | bleibt nur",
        "T": "somit | folglich | demnach | also ist",
        "q": "zuerst | zunachst | anfangs",
        "i": "wenn | falls",
        "w": "moment | halt | moment mal | warte",
        "o": "und | oder | sowie | beziehungsweise | bzw",
        "c": "weil | denn | wahrend | obwohl | wobei | welche | aber | jedoch",
        "y": "ja | nein",
    },
    "fr": {
        "N": "reponse | solution | choix | conclusion",
        "O": "lettre | proposition | numero",
        "Pb": "c'est | il s'agit de | il s'agit d'un | il s'agit d'une | ce serait",
        "b": "est | sera | serait | etait | sont | reste | semble",
        "m": "doit etre | devrait etre | doit",
        "h": "pourrait | peut | peut-etre",
        "R": "correcte | correct | bonne | bon | exacte | exact | juste | vraie | la plus probable "
        "| le plus probable | meilleure | meilleur | plus probable",
        "W": "fausse | faux | incorrecte | incorrect | improbable | exclue | exclu | erronee | "
        "mauvaise | contre-indique | ecarte",
        "-": "pas | ni | aucun | aucune | jamais | sans | sauf | plutot que | n'est pas | exclut | "
        "elimine | non",
        "f": "le | la | les | un | une | du | de | d'un | d'une | mon | ma | pour | sans doute | "
        "sans aucun doute | probablement | l | il y a",
        "B": "mais | mais plutot",
        "C": "choisis | je choisis | retiens | je prends | opte pour | je dirais | pense | j'opte "
        "pour | selectionne",
        "T": "donc | ainsi | par consequent | alors | en conclusion | finalement",
        "q": "d'abord | au debut",
        "i": "si",
        "w": "attends | attendez",
        "o": "et | ou",
        "c": "parce que | car | puisque | alors que | tandis que | bien que | qui",
        "y": "oui",
    },
    "es": {
        "N": "respuesta | solucion | eleccion | conclusion",
        "O": "opcion | letra | alternativa | inciso | numero",
        "Pb": "se trata de | se trata de un | se trata de una | es la | es el | es un | es una",
        "b": "es | sera | seria | era | son | queda | parece",
        "m": "debe ser | deberia ser | tiene que ser | debe",
        "h": "podria | puede | quizas | tal vez",
        "R": "correcta | correcto | mejor | verdadera | cierta | acertada | mas probable | "
        "adecuada | la mas probable | el mas probable",
        "W": "incorrecta | incorrecto | falsa | erronea | improbable | descartada | descartado | "
        "equivocada | contraindicado",
        "-": "ninguna | ninguno | nunca | jamas | sin | salvo | excepto | en lugar de | descarta | "
        "descartamos | descarto",
        "f": "el | los | las | del | una | mi | sin duda | por | con | al | para | probablemente",
        "B": "sino | sino que",
        "C": "elijo | escojo | elegiria | selecciono | me quedo con | opto por | creo que es | "
        "diria",
        "T": "por lo tanto | por tanto | asi que | entonces | luego | en conclusion",
        "q": "primero | al principio",
        "w": "espera | espere",
        "o": "y | o | e | u",
        "c": "porque | ya que | pues | mientras | aunque | pero | que",
    },
    "zh": {
        "N": "答案 | 答 | 结论 | 本题",
        "O": "选项 | 项",
        "P": "此题",
        "b": "是 | 为 | 应为 | 应该是 | 应是 | 就是 | 选择的是",
        "m": "应 | 应该 | 应当",
        "h": "可能 | 也许 | 或许 | 可能是",
        "R": "正确 | 最可能 | 对 | 最佳 | 符合 | 最合适 | 成立 | 最有可能",
        "W": "错误 | 不正确 | 不对 | 错 | 不符合 | 不成立 | 可排除 | 被排除 | 不可能",
        "-": "不 | 不是 | 并非 | 非 | 没有 | 无 | 排除 | 除了 | 不选 | "
        "并不是 | 不应选 | 未 | 不能选 | 不能",
        "f": "的 | 最终 | 因此答 | 了 | 都 | 也 | 这 | 个",
        "B": "而是",
        "C": "选 | 选择 | 应选 | 故选 | 我选 | 应选择 | 故选择 | 考虑",
        "T": "所以 | 因此 | 故 | 综上 | 综上所述",
        "q": "起初 | 一开始",
        "i": "如果 | 若",
        "w": "等等 | 等一下",
        "o": "和 | 或 | 与 | 及 | 以及 | 或者",
        "c": "因为 | 由于 | 虽然 | 但 | 但是",
    },
    "ko": {
        "N": "정답 | 답 | 해답 | 답변",
        "O": "번 | 보기 | 선택지",
        "b": "은 | 는 | 이 | 가 | 입니다 | 이다",
        "h": "아마 | 수도",
        "R": "맞 | 옳 | 적절 | 올바른 | 가장 가능성이 높은",
        "W": "틀 | 오답 | 잘못 | 옳지 않 | 맞지 않 | 제외 | 배제",
        "-": "아니 | 아닌 | 아닙니다 | 없 | 않",
        "-B": "아니라",
        "f": "최종 | 가장 | 의 | 를 | 을",
        "V": "선택 | 고르 | 고릅니다",
        "T": "따라서 | 그러므로 | 결론적으로",
        "i": "만약",
        "w": "잠깐",
        "o": "와 | 과 | 또는 | 및 | 이나 | 혹은",
        "c": "때문 | 왜냐하면 | 이고 | 이며 | 지만",
    },
    "ar": {
        "N": "الإجابة | إجابة | الجواب | جواب | الاختيار | إجابتي | الحل | والإجابة | فالإجابة",
        "O": "الخيار | الحرف | خيار | الرقم",
        "b": "هو | هي | يكون | تكون | ستكون",
        "h": "قد | ربما",
        "R": "الصحيح | الصحيحة | صحيح | صحيحة | الأصح | الأفضل | المناسب | الأرجح | الأكثر احتمالا",
        "W": "خطأ | خاطئ | خاطئة | غير صحيح | غير صحيحة | مستبعد | مستبعدة",
        "-": "ليس | ليست | لا | لم | لن | غير | سوى | باستثناء | بدون | ما عدا | نستبعد | يستبعد",
        "f": "النهائية | النهائي | هذا | هذه | إلى | في | على | بلا شك | من",
        "B": "بل | وإنما | ولكن",
        "C": "أختار | نختار | اخترت | أرجح",
        "T": "إذن | لذلك | لذا | بالتالي | وبالتالي",
        "i": "إذا | لو",
        "w": "انتظر | لحظة",
        "o": "و | أو",
        "c": "لأن | بسبب | بينما | لكن | حيث",
        "y": "نعم",
    },
}
"""Language → role → phrases, parted by " | "."""

UNITS = {
    "milligram": "mg", "milligrams": "mg", "gram": "g", "grams": "g", "mcg": "μg", "ug": "μg",
    "microgram": "μg", "micrograms": "μg", "millilitre": "ml", "millilitres": "ml",
    "milliliter": "ml", "milliliters": "ml", "percent": "%", "hour": "h", "hours": "h",
}  # fmt: skip
"""What a unit is written as → the one way in which it is compared."""

ARTICLES = frozenset({"the", "The", "a", "an", "An"})
"""Left out where a text is compared with an option's; a capital A may be a name (hepatitis A)."""

_SPECIES = (
    "aeruginosa agalactiae albicans anthracis asteroides aureus avium baumannii botulinum brucei "
    "burgdorferi burnetii canis capsulatum catarrhalis cepacia cereus cloacae coli cruzi "
    "dermatitidis difficile diphtheriae donovani ducreyi enterocolitica epidermidis faecalis "
    "faecium falciparum fragilis fumigatus gondii gonorrhoeae granulosus henselae histolytica "
    "immitis influenzae israelii jejuni jirovecii lamblia leprae lumbricoides malariae marcescens "
    "meningitidis mirabilis monocytogenes neoformans oxytoca pallidum perfringens pertussis pestis "
    "pneumoniae psittaci pylori pyogenes rickettsii saginata saprophyticus solium stercoralis "
    "tetani trachomatis tuberculosis tularensis typhi vaginalis vermicularis vivax"
)
SPECIES = frozenset(_SPECIES.split())
"""Names behind a letter and a point that is no label: E. coli, C. difficile."""
