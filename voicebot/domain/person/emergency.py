"""Hear that somebody is in danger now, by phone or by text, and say which number sends help where they are.

Pure. Written for few false alarms: what was long ago, is only supposed, or names a thing (a fire drill, an ambulance's bill)
is none. English, Spanish, French, German, Portuguese and Italian are read. All patterns read `normalised` words: small
letters, no accents.
"""

import re
from collections.abc import Mapping

from voicebot.domain.languages.plain_words import normalised
from voicebot.domain.languages.tables import OwnWords
from voicebot.domain.person.countries import home_of
from voicebot.domain.person.phone import country

LONGEST = 600
"""Characters looked at: whoever is in danger says so soon."""
REASON = "emergency"
"""`support_escalations.reason` of whoever said so."""

ON_THE_PHONE = "I am an automated assistant and cannot send help. If anybody is in danger, please hang up and call {number} now."
IN_A_TEXT = (
    "I am an automated assistant and cannot send help. If anybody is in danger, please call {number} now."
)
ANY_NUMBER = "the emergency number"
WORDS = OwnWords(
    {"emergency_phone": ON_THE_PHONE, "emergency_text": IN_A_TEXT, "emergency_number": ANY_NUMBER}
)

_ENGLISH = (
    # Help is asked for.
    r"\b(?:call|phone|ring|get|send|need|want|bring)(?: (?:me|us|him|her|them|for|out|over|an?|the|some))*"
    r" (?:ambulance|paramedics?|fire (?:brigade|department|service|engine|truck)|fire ?fighters|police|cops|911|9 1 1|999|9 9 9|nine one one|nine nine nine)\b"
    r"(?! (?:bill|service|company|invoice|driver|ride|job|cover\w*|insurance|report|reference|station|record|check|clearance|letter|number)\b)",
    # A body fails.
    r"\b(?:having|just had) (?:an? )?(?:\w+ )?(?:heart attack|cardiac arrest|stroke|seizure|anaphyla\w+)\b",
    r"\b(?:can't|cannot|can not) breathe?\b(?! (?:a word|easy))|\b(?:not|isn't|stopped|aren't|no longer) breathing\b|\b(?:has|have|is|there's|feel) no (?:pulse|heartbeat)$",
    r"\b(?:he|she|they|baby|child|son|daughter|husband|wife|mother|mum|mom|father|dad|somebody|someone|man|woman|who)(?:'s| is| are| has)(?: \w+)? "
    r"(?:unconscious|unresponsive|choking|collapsed|passed out|drowning|bleeding out|dying|overdos\w+)\b",
    r"\bwon't wake up\b|\b(?:bleeding|bleeds) (?:to death|out|badly|heavily|a lot|really bad)\b|\bwon't stop bleeding\b",
    r"\b(?:i|he|she|they)(?:'ve| have|'s| has)?(?: just)? (?:overdosed|taken an overdose|took an overdose|took too many (?:pills|tablets)|swallowed (?:bleach|poison|pills))\b",
    r"\b(?:i have|i've got|i'm having|having|severe|crushing|he has|she has)(?: \w+)? chest pains?\b",
    r"\bin labou?r and\b.*\bnow\b|\bbaby is coming (?:right )?now\b",
    # Violence.
    r"\b(?:been|was|were|got|is) (?:just )?(?:stabbed|shot(?! (?:down|on|in the|of|at)))\b",
    r"\b(?:breaking into (?:my|our|the) (?:house|home|flat|apartment|place)|(?:somebody|someone|man|intruder|burglar)(?:'s| is)? (?:breaking in|in my house|in our house|in my flat))\b",
    r"\b(?:i'm|i am|we're|we are|is) being (?:attacked|robbed|beaten|strangled|raped)\b|\btrying to kill (?:me|us|her|him)\b|\b(?:has|with|got) a (?:gun|knife)\b(?! (?:set|block|shop|license|licence|permit|case))",
    # Fire and gas.
    r"\b(?:there's|there is|we have)(?: (?:a|an|big|huge|terrible))* fire\b(?= (?:in|at|on|here|next|and|help|please|now)\b|$| [.,])",
    r"\b(?:house|home|kitchen|building|apartment|flat|car|room|bedroom|office|stove|oven|roof|garage|shop|store|school|hotel|basement|curtains?)(?:'s| is| are| has|'re) (?:on fire|caught fire|burning down|burning)\b",
    r"^(?:help )?fire(?: fire)*$|\bsmells? (?:of )?gas\b(?! station)|\b(?:there's|there is|have) (?:a )?gas leak\b|\bcarbon monoxide alarm\b",
    # A life is to be ended.
    r"\b(?:want|wanna|going|gonna|plan\w*|think\w* (?:of|about)|about|thought of|ready|will)(?: to)? (?:kill(?:ing)? myself|end(?:ing)? (?:it all|my (?:own )?life)|tak(?:e|ing) my (?:own )?life|"
    r"hang(?:ing)? myself|hurt(?:ing)? myself|harm(?:ing)? myself|cut(?:ting)? myself|commit(?:ting)? suicide)\b",
    r"\b(?:i'm|i am|feel|feeling)(?: \w+)? suicidal\b|\bsuicidal thoughts\b|\bi (?:just |really )?(?:want (?:to|2)|wanna) die\b(?! (?:laughing|of|on|when|from)\b)|"
    r"\b(?:don't|do not) want to (?:live|be alive)(?: any ?more)?\b(?! (?:in|at|with|near|there|here|by|on|alone)\b)|\bno reason to live\b|\bbetter off dead\b",
    r"\b(?:this|it)(?:'s| is)(?: \w+)? (?:a )?(?:medical|real|life threatening) emergency\b|\b(?:this|it)(?:'s| is) an emergency$|\blife or death\b|\bmedical emergency$",
)
_SPANISH = (
    r"\b(?:llam[ae]n?|llamar|mand[ae]n?|envi[ae]n?|manden|envien|necesito|necesitamos|quiero|pid[ae]n?|traigan)(?: (?:me|nos|a|por favor|urgente(?:mente)?|una?|el|la|los))* "
    r"(?:ambulancia|policia|bomberos|911|112|paramedicos)\b(?! (?:de|del) (?:seguro|juguete))",
    r"\b(?:estoy|esta|estamos) (?:teniendo|sufriendo|con) (?:un |una )?(?:infarto|ataque (?:al corazon|cardiaco)|derrame|convulsion\w*)\b|\b(?:me|le) esta dando un (?:infarto|ataque|derrame)\b|"
    r"\ble acaba de dar un (?:infarto|ataque|derrame)\b",
    r"\bno (?:puedo|puede|consigo) respirar\b|\bno respira\b|\besta inconsciente\b|\bno (?:despierta|reacciona)$|\bse (?:esta )?(?:ahogando|asfixiando|atragantando|muriendo|desangrando|desangra)\b|\bsobredosis\b",
    r"\b(?:tengo|tiene)(?: \w+){0,2} dolor(?: \w+)? (?:en el|de) pecho\b",
    r"\bhay (?:un )?(?:incendio|fuego)\b|\b(?:casa|cocina|edificio|piso|apartamento|carro|coche|departamento) (?:se )?(?:esta )?(?:en llamas|ardiendo|quemando|incendiando|quema|incendia)\b|"
    r"\bse (?:esta )?(?:quemando|incendiando|quema|incendia) (?:mi|la|el) (?:casa|cocina|edificio|piso|apartamento)\b|\bhuele a gas\b|\bhay (?:una )?fuga de gas\b",
    r"\b(?:quiero|voy a|pienso(?: en)?|pensando en|ganas de) (?:matarme|suicidarme|quitarme la vida|acabar con mi vida|morir|morirme)\b(?! de (?:risa|verguenza|hambre))|\bno quiero (?:vivir|seguir viviendo)(?: mas)?$",
    r"\b(?:me|le|lo|la) (?:han |acaban de )?(?:dispar|apunal|acuchill)(?:ado|ar|aron|o)\b|\bme estan (?:robando|asaltando|atacando|pegando)\b|\bquier\w+ matarme\b|\bhay alguien (?:dentro de|en) mi casa\b",
    r"(?<!no )\bes una emergencia(?: medica)?$|\bemergencia medica$|\bcuestion de vida o muerte\b",
)
_FRENCH = (
    r"\b(?:appel(?:ez|er|le)|envoy(?:ez|er|e)|besoin|faut|voudrais|veux)(?: (?:moi|nous|vite|une?|de|des?|d'une|les?|la|l'))* ?"
    r"(?:l'|d'une |d')?(?:ambulance|samu|pompiers|secours|police)\b|\bappel(?:ez|er|le) le (?:15|17|18|112)\b",
    r"\b(?:fais|fait|faire) (?:une? )?(?:crise cardiaque|infarctus|avc|arret cardiaque)\b",
    r"\b(?:peux|peut|arrive|arrives) (?:pas|plus) (?:a )?respirer\b|\brespire (?:pas|plus)\b|\best (?:inconscient|inconsciente|en train de mourir)\b|\bs'etouffe\b|"
    r"\bse vide de (?:son|mon) sang\b|\bsaigne (?:beaucoup|enormement|abondamment)\b|\bfait une overdose\b|\b(?:douleur|mal)(?: \w+)? (?:a|dans) la poitrine\b",
    r"\by a (?:le feu|un (?:feu|incendie))\b|\b(?:maison|appartement|cuisine|immeuble|voiture|chambre|toit) (?:est en (?:feu|flammes)|prend feu|brule)\b|\bau feu$|"
    r"\b(?:fuite|odeur) de gaz\b|\bsent le gaz\b",
    r"\b(?:veux|vais|envie de|pense a|penser a) (?:me (?:suicider|tuer|pendre)|mourir|en finir|mettre fin a (?:mes jours|ma vie))\b(?! de (?:rire|honte|faim))|"
    r"\b(?:veux|envie de?) plus (?:de )?vivre\b|\bplus envie de vivre\b",
    r"\b(?:m'a|l'a|lui a|on m'a) (?:tire dessus|poignarde\w*)\b|\bon (?:m'agresse|m'attaque|essaie de me tuer)\b|\bveut me tuer\b|\bquelqu'un (?:est entre|essaie d'entrer|est) (?:chez moi|dans ma maison)\b",
    r"\bc'est une urgence(?: medicale| vitale)?$|\burgence (?:vitale|medicale)$|\bquestion de vie ou de mort\b",
)
_GERMAN = (
    r"\b(?:ruf\w*|hol\w*|schick\w*|brauch\w*|bestell\w*|verstandig\w*)(?: (?:sie|bitte|mir|uns|schnell|sofort|dringend|jemand|einen?|den|die|das|hier|mal))* "
    r"(?:krankenwagen|rettungswagen|rettungsdienst|notarzt|notarztin|feuerwehr|polizei|rettung|ambulanz)\b",
    r"\b(?:einen|den) (?:krankenwagen|notarzt|rettungswagen)(?: bitte)?(?: schnell)?$|\b(?:habe|hab|hat) (?:gerade |wohl |glaube ich )?einen (?:herzinfarkt|schlaganfall|herzstillstand|krampfanfall)\b",
    r"\b(?:bekomm\w*|krieg\w*) (?:\w+ )?keine luft\b|\batmet nicht\b|\bkann nicht (?:mehr )?atmen\b|\bist (?:bewusstlos|ohnmachtig|zusammengebrochen)\b|\bverblutet?\b|\bblutet (?:stark|sehr|heftig)\b|"
    r"\berstickt\b|\buberdosis\b|\b(?:schmerzen|stechen) in der brust\b|\bbrustschmerzen\b",
    r"\bes brennt(?: (?:bei (?:mir|uns)|hier|in (?:der|meiner|unserer|unserem|meinem|dem) (?:\w+ )?(?:wohnung|kuche|haus|keller|zimmer|buro|garage|kinderzimmer|treppenhaus)|im (?:haus|keller|zimmer|buro|treppenhaus))\b|$)|"
    r"\b(?:haus|wohnung|kuche|auto|dach|keller|garage|zimmer)(?: \w+)? (?:brennt|steht in flammen)\b|^(?:hilfe )?feuer(?: feuer)*$|\briecht nach gas\b|\bgasgeruch\b|\bgas ?leck\b|\bgas stromt aus\b",
    r"\b(?:mich|mir)(?: \w+)? (?:umbringen|toten|das leben nehmen|etwas antun)\b|\bselbstmord (?:begehen|machen)\b|\bwill (?:nur noch |nicht mehr |einfach )?(?:sterben|tot sein)\b|\bwill nicht mehr (?:leben|weiterleben)\b|"
    r"\bmochte nicht mehr leben\b|\bmeinem leben ein ende\b|\bsuizidgedanken\b",
    r"\b(?:wurde|worden|ist) (?:\w+ )?(?:angeschossen|niedergestochen|uberfallen|erstochen)\b|\bwerde (?:gerade )?(?:uberfallen|angegriffen|bedroht)\b|\bwill mich (?:umbringen|toten)\b|"
    r"\b(?:jemand|einer) (?:bricht|ist) (?:\w+ )?(?:bei (?:mir|uns) )?(?:gerade )?ein(?:gebrochen)?\b|\beinbrecher (?:im|in meinem) haus\b",
    r"\b(?:ist|das ist|es ist) ein (?:medizinischer )?notfall$|\bmedizinischer notfall\b|\b(?:geht um|auf) leben und tod\b|\blebensgefahr\b",
)
_PORTUGUESE = (
    r"\b(?:cham[aeo]\w*|mand[ae]\w*|envi[ae]\w*|lig[au]\w*|precis\w+|quero)(?: (?:de|da|do|dos|por favor|urgente|para|pra|uma?|a|o|os))* "
    r"(?:ambulancia|policia|bombeiros|samu|inem|112|190|192|193)\b",
    r"\b(?:estou|esta|ta|to) (?:tendo|a ter|sofrendo|a sofrer|com|enfartando|infartando) ?(?:um |uma )?(?:infarto|enfarte|ataque cardiaco|avc|derrame|convulsao|ataque do coracao)\b",
    r"\bnao (?:consigo|consegue) respirar\b|\bnao (?:esta |ta )?(?:a )?respira(?:ndo|r)?\b|\besta (?:inconsciente|desmaiad[oa]|engasgad[oa]|sufocando|a sufocar|se afogando|morrendo|a morrer|sangrando muito)\b|\boverdose\b|"
    r"\b(?:estou com|tenho|esta com)(?: \w+)? dor(?:es)?(?: \w+)? no peito\b",
    r"\b(?:ha|tem) (?:um )?(?:incendio|fogo (?:na|no|em))\b|\b(?:casa|cozinha|predio|apartamento|carro)(?: \w+)? (?:em chamas|a arder|pegando fogo|pegou fogo)\b|\bpegando fogo (?:na|no|em)\b|\b(?:vazamento|fuga|cheiro) de gas\b",
    r"\b(?:quero|vou|pensando em|penso em|vontade de) (?:me matar|matar me|me suicidar|suicidar me|morrer|tirar a minha (?:propria )?vida|acabar com (?:a )?minha vida)\b(?! de (?:rir|vergonha|fome))|\bnao quero (?:mais )?viver(?: mais)?$",
    r"\b(?:levei|levou) (?:um )?(?:tiro|facada)\b|\b(?:fui|foi) (?:baleado|baleada|esfaquead[oa])\b|\bestou sendo (?:assaltad|atacad|agredid|roubad)[oa]\b|\bestao a (?:assaltar|atacar|agredir) me\b|\bquer me matar\b|"
    r"\btem alguem (?:dentro )?(?:na|da) minha casa\b",
    r"(?<!nao )\be uma emergencia(?: medica)?$|\bemergencia medica$|\bcaso de vida ou morte\b",
)
_ITALIAN = (
    r"\b(?:chiam\w*|mand\w*|serve|bisogno|voglio|inviat\w*)(?: (?:di|mi|ci|subito|per favore|una?|un'|il|la|l'|i|dei))* ?"
    r"(?:un'|l'|dell'|d'un')?(?:ambulanza|polizia|pompieri|carabinieri|vigili del fuoco|112|118)\b",
    r"\b(?:sto|sta) (?:avendo|facendo) un (?:infarto|attacco di cuore|ictus)\b|\bho un (?:infarto|ictus|attacco di cuore)\b|\bha (?:appena )?avuto un (?:infarto|ictus|malore)$|\bun infarto in corso\b",
    r"\bnon (?:riesco|riesce) (?:piu )?a respirare\b|\bnon respira\b|\be (?:svenut[oa]|incosciente|privo di sensi|priva di sensi)\b|\bsta (?:soffocando|morendo|annegando)\b|\b(?:perde|perdendo) (?:molto|tanto) sangue\b|"
    r"\bsi sta dissanguando\b|\boverdose\b|\b(?:dolore|dolori)(?: \w+)? al petto\b",
    r"\bc'e (?:un incendio|il fuoco|fuoco|una fuga di gas)\b|\b(?:casa|cucina|palazzo|appartamento|macchina|auto|tetto)(?: \w+)? (?:va a fuoco|andando a fuoco|brucia|bruciando|in fiamme|prende fuoco|ha preso fuoco)\b|\bal fuoco$|"
    r"\bfuga di gas\b|\b(?:odore|puzza) di gas\b",
    r"\b(?:voglio|vorrei|sto per|pensando di|penso di) (?:uccidermi|ammazzarmi|suicidarmi|togliermi la vita|farla finita|morire)\b(?! (?:dal ridere|di vergogna|di fame))|\bnon voglio (?:piu )?vivere(?: piu)?$",
    r"\bmi hanno (?:sparato|accoltellat[oa]|aggredit[oa])\b|\b(?:gli|le) hanno sparato\b|\bmi stanno (?:rapinando|aggredendo|picchiando)\b|\bvuole (?:uccidermi|ammazzarmi)\b|\bc'e (?:qualcuno|un ladro) in casa(?: mia)?\b",
    r"(?<!non )\be un'emergenza(?: medica)?$|\bemergenza medica$|\bquestione di vita o di morte\b",
)
_TONGUES: Mapping[str, re.Pattern[str]] = {
    tongue: re.compile("|".join(patterns))
    for tongue, patterns in {
        "en": _ENGLISH,
        "es": _SPANISH,
        "fr": _FRENCH,
        "de": _GERMAN,
        "pt": _PORTUGUESE,
        "it": _ITALIAN,
    }.items()
}
_NOT_NOW = re.compile(
    # Supposed, or asked about.
    r"^(?:and |but |so |or )*(?:if|in case|whenever|when|what if|what happens|what (?:should|do|would) (?:i|we|you)|how (?:do|does|did|to|much|long|can|would)|"
    r"do you|does|did|have you|should (?:i|we) have|why|who|si (?:hay|tengo|pasa|alguien|es|esto|usted)|en caso|que (?:hago|pasa) si|cuanto|como se|"
    r"s'il y a|si (?:je|vous|c'est|on|il)|en cas|comment|combien|wenn|falls|was (?:mache|muss|passiert)|wie (?:viel|lange|oft|kann)|"
    r"se (?:houver|eu|alguem|for|for uma|tiver)|em caso|quanto|se (?:c'e|ho|e|qualcuno)|in caso|come si)\b|\bin case of\b|"
    # Long ago, or never.
    r"\b(?:ago|yesterday|last (?:year|month|week|night|summer|winter|spring|fall|time)|used to|back in|years? old|hace (?:un|una|dos|tres|unos|anos|meses)|ayer|el ano pasado|"
    r"il y a (?:un an|deux|trois|\d+)|hier soir|l'an dernier|l'annee derniere|vor (?:einem|zwei|drei|\w+) (?:jahr\w*|monat\w*|woche\w*|tag\w*)|gestern|letzt(?:es|en|e) (?:jahr|monat|woche)|damals|"
    r"ha (?:um|dois|tres|uns) (?:ano|anos|mes|meses)|ontem|ano passado|anni fa|mesi fa|ieri|l'anno scorso)\b|"
    r"\b(?:don't|do not|didn't|no need (?:to|for)|there's no|there is no|without|never|not|isn't|wasn't)(?: (?:an?|the|really|actually|any|want to|going to|need to))* "
    r"(?:call|send|ambulance|police|911|fire|emergency|having|heart attack|suicidal|kill\w*|life or death)\b|"
    r"\b(?:kein\w*|nicht die|no (?:hay|necesito|llame)|pas (?:de|besoin|d')|pas le|nao (?:ha|tem|preciso)|non (?:c'e|serve|ho bisogno))\b(?! luft)|"
    # Threats, habits, stories and papers.
    r"\b(?:i'll|i will|i'm going to|i am going to|i'm gonna|or i|they|neighbou?rs|you should have|could have|would have|almost|nearly|casi|presque|fast|quase|quasi)(?: \w+)? "
    r"(?:call|called|having|had|kill\w*|get|send|me|hatte|tive|ho avuto)\b|"
    r"\b(?:movie|film|song|book|game|novel|series|episode|band|class|course|training|drill|simulation|insurance|insured|policy|claims?|bill|bills|invoice|coverage|covered|"
    r"pelicula|cancion|seguro|factura|simulacro|chanson|assurance|facture|exercice|versicher\w*|rechnung|lied|ubung|filme|musica|fatura|simulado|canzone|assicurazione|fattura|esercitazione)\b|"
    r"\bhang up and\b|\bfor (?:an? |medical |any )?emergenc(?:y|ies)\b"
)
_ENDS = re.compile(r" [.?](?: |$)")

_BY_NUMBER = {
    "911": "US CA MX AR CR PA DO EC UY PY SV JM BS BB PH BM KY",
    "999": "GB IE HK KE MY BD BH QA GG JE IM ZW BW",
    "000": "AU",
    "111": "NZ",
    "119": "JP KR TW LK",
    "120": "CN",
    "190": "BR",
    "112": "AT BE BG HR CY CZ DK EE FI FR DE GR HU IT LV LT LU MT NL PL PT RO SK SI ES SE CH NO IS LI AD MC VA TR IN ZA UA RS ME MK AL MD GE GI",
}
_NUMBERS = {each: number for number, countries in _BY_NUMBER.items() for each in countries.split()}


def emergency_in(text: str) -> str | None:
    """Return the language (`en`, `es`, `fr`, `de`, `pt`, `it`) in which the text says that somebody is in danger now; None: it does not."""
    for part in _ENDS.split(f"{normalised(text[:LONGEST])} "):
        words = part.replace(" ,", "").strip()
        for tongue, pattern in _TONGUES.items():
            if pattern.search(words) and not _NOT_NOW.search(words):
                return tongue
    return None


def emergency_number(theirs: str, ours: str = "") -> str:
    """Return the number that sends help in the country of a telephone (E.164), else in that of ours; blank: not known."""
    return next(
        (
            found
            for each in (theirs, ours)
            if (found := _NUMBERS.get(home_of(country(each) if each else None) or ""))
        ),
        "",
    )


def cannot_help(words: str, number: str, language: str, *, spoken: bool = False) -> str:
    """Return `ON_THE_PHONE` or `IN_A_TEXT` in a language, with the number; `spoken`: digit by digit."""
    named = " ".join(number) if spoken else number
    return WORDS.said(words, language).format(number=named or WORDS.said(ANY_NUMBER, language))
