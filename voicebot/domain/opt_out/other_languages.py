"""Wordings that ask to stop, and traps, in French, German, Portuguese and Italian, and more of them in Spanish.

Over `words.normalised` text: no accents, `ss` for sharp s, "texts" for SMS, and "stop" in place of "stopp".
"""

from voicebot.domain.opt_out.requests import SPANISH_REQUESTS
from voicebot.domain.opt_out.vocabulary import BEGINS, ENDS, REST, Trap, Wording, trap, wording

_ES = r"(?:escrib|llam|mand|envi|contact|molest|text|marqu|busqu)\w*"
_ES_THINGS = r"(?:mensajes?|llamadas?|textos?|texts|correos?|avisos?|notificaciones|comunicaciones)"
_ES_ENDS = r"(?:mas|nunca|jamas|por favor|gracias|nada|aqui|a este|otra vez|de nuevo|otros?|porque|ya)\b"
SPANISH: tuple[Wording, ...] = (
    *SPANISH_REQUESTS,
    wording(
        "no me escriban más (es)", 0.9, rf"\b(?:no|nunca|ya no) (?:me|nos|le|les) {_ES} (?:\w+ )?{_ES_ENDS}"
    ),
    wording("no más (es)", 0.9, rf"\b(?:no|nunca|jamas)(?: (?:me|nos))? {_ES}(?: \w+){{0,2}} mas\b"),
    wording(
        "no escriba (es)", 0.85, rf"\bno (?:me |nos )?(?:{_ES}|vuelv\w+ a \w+) (?:mas|nunca|jamas){ENDS}"
    ),
    wording(
        "ya no quiero (es)",
        0.9,
        rf"\b(?:ya no|no) (?:quiero|deseo|necesito|queremos|me interesa\w*) (?:\w+ ){{0,4}}?{_ES_THINGS}\b",
    ),
    wording(
        "que paren (es)",
        0.9,
        rf"^no molest\w+[ .]*$|\bser (?:eliminad|borrad|quitad)\w+ de (?:\w+ )?(?:lista|base)|\brevoc\w+ (?:mi |el )?consentimiento\b|\b(?:stop|paren?|dejen?|detengan?|cesen?|cancelen?|suspendan?|eliminen?|basta)(?: ya)?(?: (?:de|con|los|las|estos|sus|tus|mi|mis|todos?|todas?|la|el|suscripcion|a))* {_ES_THINGS}\b",
    ),
    wording(
        "no vuelvan a contactarme (es)",
        0.9,
        r"\b(?:no|nunca) (?:me |nos )?vuelv\w+ (?:nunca )?a (?:escrib|llam|mand|envi|contact|molest|text)\w*\b",
    ),
    wording(
        "no deseo recibir (es)",
        0.9,
        rf"\bno (?:quiero|deseo|queremos) (?:recibir|que me (?:{_ES}|sig\w+))\b(?! (?:la|el|un|una) )",
    ),
    wording(
        "darme de baja (es)", 0.9, r"\b(?:dar(?:me|nos)|dame|de[nj]?me|dennos|denme|dese|darme) de baja\b"
    ),
    wording(
        "quítenme (es)",
        0.9,
        r"\b(?:(?:quit|sac|saqu|borr|elimin|remuev)\w*(?:me|nos)|(?:me|nos) (?:quit|sac|borr|elimin)an?s?) (?:ya |por favor )?(?:del?|de (?:la|las|el|su|sus|tu|esta|este|estos)) "
        rf"(?:\w+ )?(?:listas?|base|registros?|sistema|directorio|contactos|grupo|agenda|aqui|esto|ahi|{_ES_THINGS})\b",
    ),
    wording(
        "mi número (es)",
        0.9,
        r"\b(?:quit|borr|elimin|saqu)\w* (?:mi|este) (?:numero|telefono|contacto|celular|movil)\b",
    ),
    wording(
        "suscripción (es)", 0.9, r"\bcancel\w* (?:la|mi) suscripcion\b|\bdesuscrib\w*\b|\bdesinscrib\w*\b"
    ),
    wording(
        "en paz (es)", 0.9, r"\bdeje?n?(?:a?me|a?nos)(?: ya)? (?:en paz|tranquil\w+)\b|\bdejen? de molestar\b"
    ),
)

_FR = r"(?:rappelez|rappelle|envoy|ecri|appel|contact|telephon|derang|harcel|embet|sollicit|relanc|recontact|messag|spam)\w*"
_FR_THINGS = r"(?:messages?|texts?|textos?|appels?|notifications?|courriels?|mails?|relances?|sollicitations?|communications?)"
FRENCH: tuple[Wording, ...] = (
    wording(
        "ne m'écrivez plus (fr)",
        0.95,
        rf"\b(?:ne |n')?(?:me |m'|m |nous )?{_FR}(?: moi| nous)? (?:plus jamais|plus|jamais)\b(?! (?:tard|tot|que|souvent|d'informations?)\b)",
    ),
    wording(
        "ne plus (fr)",
        0.95,
        rf"\betre (?:retire|supprime|enleve|raye)\w* de (?:vos |votre |la )?(?:liste|fichier|base)|\bretir\w* mon (?:consentement|accord)\b|\bne (?:plus|jamais) (?:me |m'|m |nous |etre |re?cevoir |vouloir )?(?:{_FR}|recevoir|recontacter|contactee?)\b",
    ),
    wording(
        "arrêtez de (fr)",
        0.95,
        rf"\b(?:arret\w*|cess\w*|stop\w*)(?: (?:de|d'|avec|aux?|les?|la|vos|tes|ces|ca|tout|tous|toutes|m'|m|me|nous|svp|please))*(?: |')?(?:{_FR}|{_FR_THINGS})\b",
    ),
    wording(
        "je ne veux plus (fr)",
        0.9,
        rf"\b(?:veu[xt]|souhait\w*|desir\w*|voudrais|voulons|interess\w*) (?:plus|pas|plus du tout)(?: (?:de|d'|des|recevoir|avoir|vos|ces|ce|tes|etre|que|vous|aucun|par|un|une|plus|genre|la|m'|me))*(?: |')(?:{_FR_THINGS}|{_FR}|derange\w*)\b",
    ),
    wording(
        "veuillez arrêter (fr)",
        0.85,
        rf"^(?:bonjour |non |ok |please |svp |merci d'|merci de |veuillez |pouvez vous |il faut |vous pouvez )*arret\w*"
        rf"(?: (?:tout|ca|cela|please|svp|merci|maintenant))*{ENDS}",
    ),
    wording(
        "plus de messages (fr)",
        0.9,
        rf"{BEGINS}(?:svp |please |merci |non |stop |ok |bonjour |s'il vous plait )*(?:plus|pas) (?:de |d'|aucun |un seul ){_FR_THINGS}\b|\b(?:assez|marre|ras le bol) de (?:tous )?(?:vos|tes|ces) {_FR_THINGS}\b",
    ),
    wording(
        "me désabonner (fr)",
        0.9,
        r"\b(?:desabonn|desinscri|resili)\w*\b(?! (?:mon|ma|mes|le|la|un|une|nos|notre) (?!abonnement|inscription|numero)\w)",
    ),
    wording(
        "retirez-moi (fr)",
        0.9,
        r"\b(?:me|nous) (?:retirer|supprimer|enlever|effacer|rayer|sortir) (?:de|des) (?:vos |votre |cette )(?:fichiers?|listes?|bases?|repertoires?|contacts)\b(?! d'attente)|"
        r"\b(?:retir|supprim|enlev|effac|ot|ray|sort)(?:ez|e|er|es)(?: (?:moi|nous)(?: de| des)\b| (?:moi|nous)\b(?! (?:les?|la|une?|ce|cet|mon|ma|mes|l')\b)| mon (?:numero|contact|portable)\b| mes coordonnees\b| (?:ce|notre) numero\b)",
    ),
    wording(
        "laissez-moi (fr)",
        0.9,
        r"\blaiss\w* (?:moi|nous|la|le) (?:tranquille|en paix)\b|\b(?:fichez|fiche|foutez|fous|fichez) (?:moi|nous) la paix\b|\blache\w* (?:moi|nous)\b",
    ),
    wording(
        "c'est un refus (fr)",
        0.85,
        r"\b(?:mauvais|faux) numero\b[^?]*\b(?:arret\w*|plus|supprim\w*|stop)\b|(?:^|[.,] ?)(?:non |ok |bon |maintenant )*ca suffit\b(?! (?:pour|comme|si|\?))",
    ),
)

_DE_DO = r"(?:schreib|ruf|anruf|anzuruf|anschreib|kontaktier|meld|belastig|send|schick|text|stor|nerv|bombardier|benachrichtig)\w*"
_DE_THINGS = r"(?:nachrichten?|texts|anrufe?|mitteilungen|e ?mails?|mails?|benachrichtigungen|meldungen|kontakt\w*|erinnerungen)"
_DE_SMALL = r"(?:sie|du|ihr|mir|mich|uns|hier|bitte|please|euch|dich|sich|an|auf|diese|die|ihre|eure|deine|jetzt|endlich|sofort|ab|das|mit|den|von|dieser|zu)"
_DE_PLEASE = r"(?: (?:sie|bitte|please|doch|ihr|sofort|umgehend))*"
_DE_MINE = r"(?:mich|uns|meine? (?:nummer|handynummer|telefonnummer|mobilnummer|rufnummer|kontakt\w*|eintrag)|dieser? nummer)"
_NIE = r"(?:nicht mehr|nie wieder|nie mehr|niemals|niemals wieder|nimmer)"
GERMAN: tuple[Wording, ...] = (
    wording(
        "wie melde ich mich ab (de)",
        0.9,
        r"\bwie (?:meld\w*|bestell\w*) ich (?:mich|das|euch|sie) (?:hier |wieder )*ab\b(?! (?:morgen|heute|\d))",
    ),
    wording(
        "keine Nachrichten mehr (de)",
        0.95,
        rf"\bkeine?[nr]? (?:\w+ ){{0,2}}{_DE_THINGS}(?: von (?:ihnen|euch|dir))? (?:mehr|bitte|please)\b|{BEGINS}(?:bitte |please |nein |hallo )*keine? (?:weiteren |solchen )?{_DE_THINGS}{ENDS}",
    ),
    wording(
        "will keine (de)",
        0.9,
        rf"\b(?:will|mochte|moechte|wunsche|wollen|mochten|brauche|wunschen)(?: \w+){{0,3}} (?:keine?[nr]?|nicht mehr|nicht)(?: \w+){{0,3}} (?:{_DE_THINGS}|kontaktiert|angerufen|angeschrieben|belastigt)\b",
    ),
    wording(
        "nichts mehr von euch (de)",
        0.85,
        r"\b(?:will|mochte|wollen) (?:\w+ )?nichts mehr (?:bekommen|erhalten|empfangen|horen)\b|\bwiderruf\w* (?:\w+ )?(?:einwilligung|zustimmung)\b|(?:^|[.,] ?)nummer (?:bitte )?loe?schen\b|\bvon (?:der|ihrer|eurer) liste (?:gestrichen|genommen|geloscht|entfernt)\b|"
        r"\bnichts (?:mehr|weiter) von (?:ihnen|euch|dir|ihrer|eurer)(?: \w+)? (?:horen|hoeren|bekommen|erhalten|lesen|wissen)\b",
    ),
    wording(
        "schreiben Sie nicht mehr (de)",
        0.95,
        rf"\b{_DE_DO}(?: {_DE_SMALL}){{0,5}} {_NIE}\b|\b{_NIE}(?: {_DE_SMALL}){{0,3}} {_DE_DO}\b",
    ),
    wording(
        "keine mehr schicken (de)",
        0.9,
        rf"\b(?:send|schick|schreib)\w*(?: {_DE_SMALL}){{0,4}} keine?(?: \w+){{0,2}} mehr\b",
    ),
    wording(
        "hören Sie auf (de)",
        0.9,
        rf"{BEGINS}(?:\w+ ){{0,3}}hor\w*(?: (?:sie|ihr|jetzt|bitte|endlich|sofort|doch|damit|please)){{0,4}} (?:auf|damit auf)\b|"
        r"\b(?:bitte|please|sofort|endlich|damit|mir|mich|uns|konnen sie|konnten sie)(?: \w+){0,2} aufhoe?ren?\b",
    ),
    wording(
        "Nummer löschen (de)",
        0.9,
        rf"\b(?:loe?sch|streich|entfern)\w*{_DE_PLEASE} {_DE_MINE}\b|\b(?:nehm|nimm|trag)\w*{_DE_PLEASE} {_DE_MINE} (?:\w+ ){{0,2}}(?:aus|raus|heraus|vo[nm]|runter)\b",
    ),
    wording(
        "meine Nummer löschen (de)",
        0.9,
        r"\b(?:meine? (?:nummer|handynummer|telefonnummer|rufnummer|kontakt\w*)|mich)(?: (?:bitte|please|aus|von|ihrer|der|eurer|liste|dem|verteiler|sofort|umgehend|endlich|datenbank))* (?:loe?sch|entfern|streich|austrag|abmeld|heraus|raus)\w*\b",
    ),
    wording(
        "abmelden (de)",
        0.85,
        r"\b(?:abmelden|abbestellen|austragen|abbestellt|abgemeldet|abmeldung)\b|\bmeld\w*(?: sie)? mich (?:\w+ )?ab\b(?! (?:\d|heute|morgen|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|nachst|kommend|mittag|ende))|\btrag\w*(?: \w+)? mich (?:\w+ )?aus\b",
    ),
    wording("in Ruhe (de)", 0.9, r"\blass\w*(?: sie| ihr)? (?:mich|uns)(?: \w+){0,2} in (?:ruhe|frieden)\b"),
    wording(
        "Schluss damit (de)",
        0.85,
        r"\bschluss (?:jetzt |endlich )?(?:mit|damit|davon|von)\b|\bgenug (?:jetzt |endlich )?(?:mit|damit|davon|von)(?: (?:den|diesen|euren|ihren|texts|nachrichten))* ?(?:$|[.])|"
        r"\bschluss jetzt\b|\bes reicht(?: (?:jetzt|mir|langsam|endlich|uns))* ?(?:$|[._])",
    ),
    wording(
        "stoppen Sie (de)",
        0.9,
        rf"\b(?:stop|stoppt|stoppen|beenden?|einstellen|unterlassen?|stellen)(?: (?:{_DE_SMALL}|es|alle|weitere))* {_DE_THINGS}\b|\bunterlassen sie (?:das|es|dies)\b|\b{_DE_THINGS}(?: \w+){{0,2}} (?:stoppen|einstellen|beenden)\b",
    ),
)

_PT = r"(?:mand|envi|lig|escrev|cham|contat|contact|perturb|incomod|enche|telefon|encaminh|entr)\w*"
_PT_THINGS = r"(?:mensage(?:m|ns)|texts?|ligac(?:ao|oes)|chamadas?|contatos?|torpedos?|avisos?|e ?mails?|notificac(?:ao|oes)|comunicac(?:ao|oes)|coisas)"
PORTUGUESE: tuple[Wording, ...] = (
    wording(
        "não me mande mais (pt)",
        0.95,
        rf"\b(?:nao|nem|nunca)(?: (?:me|nos))? {_PT}(?: \w+){{0,2}} mais\b|\bnunca mais(?: (?:me|nos))? {_PT}|\bnao (?:me|nos) {_PT} (?:nunca mais|please|por favor|de novo|novamente)\b",
    ),
    wording(
        "não quero mais (pt)",
        0.9,
        rf"\bnao (?:quero|desejo|queremos|gostaria de|preciso)(?: (?:mais|receber|ter|ser|nenhuma?|essas?|esses?|estas?|suas?|as|os|de|tantas|que|vocs|voces|me))*? (?:{_PT_THINGS}|{_PT})\b|\bnao (?:quero|queremos|desejo) (?:mais receber|receber mais)\b(?! (?:a|o|um|uma|visitas?|informac\w+) )",
    ),
    wording(
        "parem de (pt)",
        0.95,
        rf"\b(?:par|deix|cess)(?:a|e|em|ar|am)(?: \w+)? de (?:me |nos )?{_PT}\b|\b(?:par|cess)(?:e|em|ar|a)(?: \w+)? com (?:as |os |essas |esses )?{_PT_THINGS}\b",
    ),
    wording(
        "tirem-me da lista (pt)",
        0.9,
        r"\b(?:tir|remov|retir|exclu|apag|delet)\w*(?: (?:me|nos))? (?:da|desta|dessa|das|do)(?: \w+)? (?:list\w*|cadastro|base|sistema)\b|"
        rf"\b(?:me|nos) (?:tir|remov|retir|exclu)(?:a|e|em|am|ar|uam?|o)?(?: (?:d[aeo]s?|dess[ae]s?|dest[ae]s?) (?!duvidas?|foto)| (?:daqui|disso|please|por favor)\b|{ENDS})",
    ),
    wording(
        "meu número (pt)",
        0.9,
        r"\b(?:tir|remov|retir|exclu|apag|delet)\w* (?:o )?(?:meu|este|esse) (?:numero|telefone|contato|celular)\b",
    ),
    wording(
        "sair da lista (pt)",
        0.9,
        r"\bsair (?:da|desta|dessa) list\w*|\bdescadastr\w*|\bdesinscrev\w*|\bser (?:removid|retirad|excluid)\w+ d\w+ list\w*|\brevog\w+ (?:o |meu |o meu )?consentimento\b|\bnao autorizo mais\b|\bcancel\w* (?:a |as |o |meu |minha |essas |estas |a minha |o meu )?(?:mensage\w*|inscricao|assinatura|subscricao|cadastro|texts)\b",
    ),
    wording("em paz (pt)", 0.9, r"\b(?:me|nos) deix\w* (?:em paz|quiet\w+)\b|\bdeix\w* (?:me|nos) em paz\b"),
    wording(
        "chega de (pt)", 0.9, rf"\b(?:chega de|sem mais|nada de|basta de|nenhuma?) (?:\w+ )?{_PT_THINGS}\b"
    ),
)

_IT = r"(?:mand|invi|chiam|scriv|contatt|messaggi|disturb|telefon|sped|tormen|romp|assill|richiam)\w*"
_IT_THINGS = r"(?:messaggi?o?|texts?|chiamat[ae]|telefonat[ae]|comunicazion[ei]|notifiche|e ?mail|avvisi)"
ITALIAN: tuple[Wording, ...] = (
    wording(
        "non scrivetemi più (it)",
        0.95,
        rf"\bnon (?:mi |ci |vi )?{_IT}(?: \w+)?(?: mai)? piu\b|\bnon (?:mi |ci )?{_IT} mai\b|\bmai piu (?:{_IT}|{_IT_THINGS})\b",
    ),
    wording(
        "smettetela di (it)",
        0.95,
        rf"\b(?:smett|pianta|finisc|finitela|cessat|cess|interromp|bast|ferm)\w*(?: \w+)? (?:di|con) (?:\w+ )?(?:{_IT}|{_IT_THINGS})\b",
    ),
    wording(
        "smettete (it)",
        0.85,
        rf"(?<!non )\bsmett(?:ete|etela|ila|a|i)(?: \w+)?{ENDS}|\b(?:ferm|blocc|interromp|cess)(?:a|ate|i|ete|ere|are) (?:\w+ )?(?:questi|i|le|queste|gli|tutti i|tutte le|vostri) (?:\w+ )?{_IT_THINGS}\b",
    ),
    wording(
        "non voglio ricevere (it)",
        0.9,
        rf"\bnon (?:voglio|desidero|vorrei|vogliamo|intendo|gradisco)(?: (?:piu|ricevere|avere|essere|altri|altre|vostri|vostre|questi|queste|i|le|nessuna?|che|mi|dei|delle|di|alcun\w*))* (?:{_IT_THINGS}|{_IT})\b|\bnon voglio piu ricevere\b",
    ),
    wording(
        "cancellatemi (it)",
        0.9,
        r"\b(?:cancell|togl|rimuov|elimin|lev)\w*(?:mi|ci)\b(?! (?:la|il|una?|uno|lo|le|i|gli|l'\w+|un'\w+|quest\w+|ogni|qualche)\b)|\b(?:cancell|togl|rimuov|elimin)\w* il mio (?:numero|contatto|nominativo|cellulare|telefono)\b",
    ),
    wording(
        "disiscrivermi (it)",
        0.9,
        r"\bdisiscri\w*|\bdisabbon\w*|\bannull\w* (?:la |l')?(?:mia )?iscrizione\b|\bcancell\w* (?:la |l')?(?:mia )?iscrizione\b",
    ),
    wording("in pace (it)", 0.9, r"\blasc\w*(?:mi|ci|la|lo| mi| ci) (?:in pace|stare)\b|\blasc\w* in pace\b"),
    wording(
        "basta messaggi (it)",
        0.9,
        rf"\b(?:essere|venire) (?:rimoss|cancellat|tolt|eliminat)\w+ da\w* (?:\w+ )?(?:lista|elenco|database|archivio)\b|\b(?:revoc|ritir)\w+ (?:il |il mio )?consenso\b|\b(?:stop|basta|niente)(?: (?:con|cosi con|piu|altri|altre|questi|queste|i|le|con i|con le))* {_IT_THINGS}\b|\bno (?:messaggi|chiamate|telefonate)\b",
    ),
)

WORDINGS: tuple[Wording, ...] = (*SPANISH, *FRENCH, *GERMAN, *PORTUGUESE, *ITALIAN)
LANGUAGES: dict[str, str] = {
    name: language
    for language, wordings in (
        ("es", SPANISH),
        ("fr", FRENCH),
        ("de", GERMAN),
        ("pt", PORTUGUESE),
        ("it", ITALIAN),
    )
    for name, *_ in wordings
}
"""The language of each wording."""

_ES_TIME = r"(?:antes|hasta|mientras|hoy|manana|cuando|despues|a partir|por la noche|los domingos)"
_FR_TIME = r"(?:avant|apres|jusqu|quand|lorsque|pendant|aujourd|demain|le soir|ce soir|le matin|le dimanche|au travail|tant que)"
_DE_TIME = r"(?:vor|nach|bis|wenn|wahrend|heute|morgen|abends|nachts|sonntags|am wochenende|solange|erst)"
_PT_TIME = r"(?:antes|ate|enquanto|hoje|amanha|quando|depois|a noite|no domingo)"
_IT_TIME = r"(?:prima|fino|mentre|oggi|domani|quando|dopo|di sera|la domenica|stasera)"
TRAPS_ELSEWHERE: tuple[Trap, ...] = (
    trap(
        "another thing (es)",
        r"\bno (?:me|nos) (?:mand|envi)\w+ (?:la|el|las|los|un|una) (?!mensaj|textos|llamad|promo|ofert|publi)\w+",
    ),
    trap(
        "not to stop (es)",
        rf"\bno (?:me |nos )?(?:dej|par|ces|cancel|quit|borr|elimin)\w* (?:de |la |el |los |las |mi )?\w+{REST}",
    ),
    trap(
        "another baja (es)",
        r"\bde baja (?:mi|el|la|los|un|una) (?!numero|telefono|suscripcion|celular)\w+|\bbaja california\b|\bmas baja\b",
    ),
    trap("a time (es)", rf"\b(?:no|nunca) (?:me|nos) {_ES}\b[^.?]*\b{_ES_TIME}\b{REST}"),
    trap("a time (fr)", rf"\bn(?:e |')?(?:me |m'|m |nous )?{_FR}(?: \w+)? pas\b[^.?]*\b{_FR_TIME}{REST}"),
    trap(
        "not to stop (fr)",
        rf"\b(?:n'arret\w*|ne (?:cess|stopp|supprim|retir|desabonn)\w*)(?: moi)?(?: pas| jamais| surtout pas)?{REST}",
    ),
    trap(
        "something stops (fr)",
        rf"\b(?:s'|m'|me |nous )arret\w*{REST}|\b(?:en|l'|un|d'|mon|cet|quel|prochain) ?arret\b|\barret (?:de|du) (?:bus|tram|train|metro|travail)\b|\barret (?:maladie|cardiaque)\b",
    ),
    trap(
        "asks for more (fr)",
        rf"\b(?:avez|as|aurez|il y a|recevr\w*)(?: vous| tu)? (?:plus|encore) (?:de |d'){REST}",
    ),
    trap(
        "a time (de)",
        rf"\b{_DE_DO}(?: {_DE_SMALL})* (?:nicht|nie) (?:{_DE_SMALL} )*{_DE_TIME}\b{REST}|\b{_DE_DO}\b[^.?]*\bnicht mehr (?:{_DE_TIME}|so) \w+{REST}",
    ),
    trap(
        "not to stop (de)",
        rf"\b(?:nicht|nie) (?:auf|ab)\w*(?:horen|hoeren|melden|bestellen)\b{REST}|\bhor\w*(?: \w+)? (?:nicht|nie) auf\b",
    ),
    trap(
        "nothing came (de)",
        rf"\b(?:habe?n?|hatten?|bekam|bekomme|kam|kamen|erhalte)\b(?: \w+){{0,2}} keine?\b[^.?]*\bmehr\b{REST}",
    ),
    trap(
        "something else signed off (de)",
        r"\b(?:auto|wagen|kfz|motorrad|strom|kind|hund|gas|fahrzeug|roller|schule|kurs|training)\b(?: \w+){0,5} (?:abmeld|abbestell|losch)\w*",
    ),
    trap(
        "another one signs off (de)",
        r"\babmeldung (?:vom|von|der|des|fur|beim) (?!verteiler|newsletter|liste|dienst|service|texts)\w+",
    ),
    trap("just so (de)", r"\b(?:das|es|ist|bin|so) halt\b|\bhalt (?:so|mal|auch|nicht|eben|immer)\b"),
    trap(
        "nothing came (es)", rf"\bno (?:me |nos )?(?:lleg\w+|recibi\w*|he recibido|vi|veo|encontre)\b{REST}"
    ),
    trap("nothing came (fr)", rf"\bn'(?:ai|avons|a) (?:pas|rien) (?:encore )?(?:recu|eu|vu)\b{REST}"),
    trap(
        "cannot stop",
        r"\bno (?:puedo|podemos|puede) (?:dejar|parar) de\b|\bne? (?:peux|peut|pouvons) (?:plus |pas )?(?:m'|s'|nous )?arret\w*|\bkann \w+ (?:nicht )?aufhor\w*|"
        r"\bnao (?:consigo|posso|paro) (?:parar |deixar )?de\b|\bnon (?:posso|riesco a|possiamo|so) smettere\b",
    ),
    trap("not to stop (pt)", rf"\bnao (?:par|deix|cancel|remov|tir)\w*(?: de| com)? \w+{REST}"),
    trap("a time (pt)", rf"\bnao (?:me |nos )?{_PT}\b[^.?]*\b{_PT_TIME}\b{REST}"),
    trap("nothing came (pt)", rf"\bnao (?:recebi|chegou|chegaram|tive|recebemos)\b{REST}"),
    trap("not to stop (it)", rf"\bnon (?:smett|ferm|cess|cancell|annull|togl)\w*{REST}"),
    trap("a time (it)", rf"\bnon (?:mi |ci )?{_IT}\b(?! (?:mai )?piu)[^.?]*\b{_IT_TIME}\b{REST}"),
    trap("nothing came (it)", rf"\bnon (?:ho |abbiamo )?(?:ricev|arriv|vedo|visto)\w*{REST}"),
    trap(
        "something stops (it)",
        r"\bsi (?:e )?ferm\w*|\bbasta cosi\b(?! con)|\b(?:mi|ci|ti) basta\b|\bfermata\b",
    ),
    trap(
        "a booking of theirs",
        r"\b(?:cancelar|anular|annuler|absagen|stornieren|desmarcar|annullare|disdire|cancellare)(?: \w+)? (?:la|el|mi|mis|mon|ma|mes|meinen?|minha|meu|mio|mia) "
        r"(?!mensaj|llamad|suscri|mensag|inscri|iscri|assinat|numero)\w+|\b(?:meinen?|den|die) (?:termin|bestellung|buchung)\w* (?:absagen|stornieren|loschen)",
    ),
    trap("enough of it (es, pt)", r"\bcon eso basta\b|\bja chega por\b|\bparada (?:de|del|do)\b"),
)

SUSPICIONS_ELSEWHERE: tuple[Wording, ...] = (
    wording(
        "a word of stopping",
        0.45,
        r"\b(?:arret(?:ez|er|e)?|cess(?:ez|er)|halt|halte|stopp\w*|aufhor\w*|abmeld\w*|abbestell\w*|losch\w*|loesch\w*|dej(?:en|ar) de|paren|parem|cancelar|"
        r"descadastr\w*|smett\w*|disiscriv\w*|annullat\w*|supprim\w*|desabonn\w*|desinscri\w*|harcel\w*|belastig\w*|molest\w*|quitenme|borr(?:en|ar)\b|cancellat\w*)\b",
    ),
    wording(
        "no more of something",
        0.45,
        rf"\b(?:no|nao|non|ne|n'\w+|pas|plus|keine?|nicht|nie|nunca|jamais|sans|sin|sem|niente|nessun\w*|mai)\b(?: \w+){{0,5}}(?: |')(?:{_ES_THINGS}|{_FR_THINGS}|{_DE_THINGS}|{_PT_THINGS}|{_IT_THINGS})\b",
    ),
    wording(
        "not to be contacted",
        0.45,
        rf"\b(?:no|nunca|nao|non|ne) (?:me |m'|mi |nos |nous |ci )?(?:{_ES}|{_FR}|{_PT}|{_IT})\b|\b(?:{_DE_DO})(?: {_DE_SMALL})* (?:nicht|nie)\b",
    ),
    wording(
        "wrong number",
        0.5,
        r"\b(?:numero (?:equivocado|incorrecto|errado|sbagliato)|(?:mauvais|faux) numero|falsche (?:nummer|person)|trompe\w* de numero|se equivoc\w+ de numero|"
        r"ha sbagliato numero|verwahlt)\b",
    ),
    wording(
        "enough of it",
        0.5,
        r"\bno autoriz\w*|\bnao autoriz\w*|\bnon autorizz\w*|\bn'autoris\w*|\bwiderspr\w+|\bwiderruf\w*|\bmarre de\b|\bnichts mehr (?:von|hor)\w*|\bverschwind\w*|"
        r"\bpare com isso\b|^nao quero mais[ .]*$|^quero sair[ .]*$|\bme esque\w+|\bstancat[oiae]\b|\bsbagliato numero\b|\bes reicht\b|\bja chega\b|\bya basta\b|"
        r"\bnichts mehr horen\b|\bnessun messaggio (?:piu|grazie|please)\b",
    ),
    wording("in peace", 0.5, r"\b(?:en paz|em paz|in pace|en paix|tranquille|in ruhe|in frieden)\b"),
)
