"""Find out whether a text is in a language that the rules read: English, Spanish, French, German, Portuguese or
Italian.

Everyday words decide, without accents. The rules cannot read a text in another language, so it gets a second opinion.
"""

import re
from collections.abc import Sequence

from voicebot.domain.languages.plain_words import plain_letters

_ENGLISH = """
a about above actually address after afternoon again all almost alone already alright also always am amount an and another answer any anybody
anyone anything anyway appointment are arrive around as ask asked at available away awesome back bad be because been before began begin behind being
believe below better between bicycle big bike bit book booked booking both bought break bring broke broken brother bus business busy but buy by bye
call called calling calls came can can't cannot car card care carry cause chain change charge cheap check children city clear clock close closed code
cold come coming confirm cool correct cost could couldn't course customer cut dad day days deal dear delivery desk did didn't different dinner do
doctor does doesn't doing don't done door down drive due during each early easy eat either eleven else email end enough even evening ever every
everybody everyone everything exactly excellent excuse eye face fact family far fast feel few find fine finish first five fix fixed food for forgot
forty found four free friday friend from front full fun gave get getting girl give glad go goes going gone good goodbye got great guess guy guys had
half hand happen happy hard has hasn't have haven't having he he's head hear heard hello help her here hers hey hi high him his hold holiday home hope
hotel hour hours house how however hundred hurt husband i idea if important in info instead interested into is isn't issue it it's
its job just keep key kid kids kind knew know known large last late later laugh least leave left less let let's letter life light like line list
listen little live long look looking lost lot love lunch machine mail make making man many mate may maybe me mean meant meet meeting menu message
messages met might mind mine minute minutes miss missed mobile mom monday money month months more morning most mother mouth move much mum must my
myself name near need needs neighbour never new news next nice night nine no nobody none noon nope nor not nothing now number o'clock of off offer
offers office often oh ok okay old on once one only open opening option or orange order ordered other our out over own page paid paper park part
party pay payment people perfect perhaps person phone pick picked picture piece place plan play please point possible post price prefer pretty
probably problem put question quick quickly quite rather reach read ready real really reason receive received red refund remember remind repair
reply restaurant return right ring road room round run sad said same saturday saw say says school second see seem seen send sent service set seven
several shall she shop short should show sick side sign since sir sister sit six size sleep slow small so some somebody someone something sometimes
son soon sorry sound speak start stay still stop store street such sunday sure table take taken takes talk team tell ten test text texts than thank
thanks that that's the their them then there there's these they thing things think this those though thought three through thursday ticket
till time times tired to today together told tomorrow tonight too took touch town train tried true try trying tuesday turn twenty twice two tyre
under understand unless until up upon us use used usual very visit voice wait waiting wake walk want wanted wants was wasn't watch water way we wednesday week weekend weeks well went were what what's when where where's which while who who's whole whose why wife will window
with within without woman won't wonderful word words work worked working works world would wouldn't write wrong wrote yeah year years yep yes
yesterday yet you young your yours yourself u ur pls thx lol omg asap btw fyi appreciate worries bless cheers correct
agree agreed done deal welcome pleasure fantastic brilliant lovely amazing received noted understood
"""
_SPANISH = """
a abren ademas ahi ahora al algo alguien alguna algun alla alli antes aqui asi aun aunque ayer bien bueno buena buenas buenos cada casa casi cita
coche como con conmigo contra cosa cual cuando cuanto cuanta cuesta da dar de decir del desde despues dia dias dice direccion donde dos el ella ellas
ellos en entonces entre era es esa ese eso esta estamos estan estar estas este esto estoy favor fin fue gracias gusta ha hace hacer hacia han hasta
hay he hola hora hoy igual informacion ir jueves la las le les listo lista llama llamo lo los luego lunes manana mande martes mas me mejor mensaje
mi mia miercoles mio mis misma mismo mucha mucho muchas muchos muy nada nadie ni no noche nombre nos nosotros nuestra nuestro nueva nuevo numero o
otra otro para paso pero poco por porque precio puede pueden puedo pues que quien quiero saber sabado se sea ser si siempre sin sobre solo son soy
su sus tal tambien tan tarde te tengo ti tiempo tiene tienen toda todas todo todos trabajo tu tus un una uno unos usted ustedes va vale vamos ver
vez viernes vivo voy y ya yo cuenta datos factura perdon
"""
_FRENCH = """
a ai alors apres attendre au aujourd'hui aussi autre aux avant avec avez avoir beaucoup bien bientot bon bonjour bonne bonsoir c'est ca car ce cela
ces cet cette chez combien comme comment compris d'accord dans de deja demain depuis des deux dimanche dire dois donc dont du elle elles en encore
entre es est et etait ete etes etre eu fait faire fois hier ici il ils j'ai je jeudi jour jours jusqu'a l'adresse la le les leur lui lundi ma madame
mais maintenant mardi matin me meme merci mercredi mes message mieux moi moins mois mon monsieur n'ai n'est ne non nom nos notre nous numero on ont
ou oui par parce parle pas passer pendant peu peut peux plus plutot pour pourquoi pouvez prix probleme puis qu'il quand que quel quelle qui quoi
rendez rien s'il sa salut samedi sans se sera ses si soir sommes son sont sous suis sur ta tard te telephone temps tes toi ton toujours tous tout
toute tres trop tu un une va vais vendredi veux vers veut vois voiture voir vos votre voudrais vous vraiment y svp quelque chose heure heures velo
compte donnees
"""
_GERMAN = """
ab aber alle alles als also am an auch auf aus bei beim bekommen bin bis bitte brauche danke dann das dass dein deine dem den denn der des deshalb
dich die dienstag dies diese diesen dieser dieses dir doch donnerstag du durch ein eine einem einen einer eines er erst es etwas euch euer fahrrad
fertig frage freitag fruh fur gabe ganz gar geben gegen gehen geht genau gern gerne gestern gibt gut gute guten habe haben hallo hast hat hatte
heisse heute hier ich ihm ihn ihnen ihr ihre ihren im immer in ist ja jede jemand jetzt kann kannst kein keine keinen komme kommen konnen konnte
kostet leider lieber mache machen man mehr mein meine meinem meinen meiner mich mir mit mittwoch mochte montag morgen muss nach nachricht nein nicht
nichts noch nummer nun nur ob oder offen ohne okay preis rad sagen samstag schon sehr sein seine seit sich sie sind so sollte sonntag sonst termin
uber uhr um und uns unser unsere unter viel viele vielen vielleicht vom von vor wann war waren warum was weg wegen weil wenn wer werde werden wie
wieder will wir wird wo woche wollen wurde zeit zu zum zur zuruck zwei konto daten passt
"""
_PORTUGUESE = """
a abrem abrir acho agora ai ainda algo alguem alguma amanha antes ao aos apos aqui as ate bem boa bom cada carro casa chego coisa com como conta da
dados das de dela dele depois desculpa deu dia dias do dois dos e ela elas ele eles em endereco entao entre era essa esse esta estao estar este
estou eu fala falar favor fazer fica ficou foi gostaria ha hoje hora ir isso isto ja la lhe lo mais mande mas me melhor mesmo meu meus minha minhas
moro muito muita na nada nao nas nem no noite nome nos nossa nosso novo num numa numero o obrigada obrigado oi ola onde os ou outra outro para pela
pelo pode podem posso pra porque pouco por preciso preco qual quando quanto quanta custa que quem quer quero sabe sabado se segunda sem sempre ser
seu seus sexta sim so sobre sou sua suas tambem tarde te tem tempo tenho ter terca todo todos tudo tu um uma uns vai vamos vez voce voces vou
otimo pronto pronta oi tchau
"""
_ITALIAN = """
a abbiamo adesso ai al alla alle allora altro altri anche ancora anni avere avete bene bici buona buongiorno buonasera c'e casa che chi ci ciao
come con cosa cosi costa da dal dalla de degli dei del dell della delle deve di dietro dire domani domenica dopo dove due e ed era essere fa fare
fatto fino fra gia giorno giovedi gli grazie ha hai hanno ho i ieri il in indirizzo io la le lei li lo loro lui lunedi l'ora ma macchina mai mandi
martedi me meglio meno mercoledi mi mia miei mio molto molte molti nei nel nella niente no noi nome non nostra nostro numero o oggi ogni ora ore
per perche perfetto pero piace piacere piu poco poi posso potete prego presto prezzo prima prossima puo qual quale quando quanto quella quello
questa queste questi questo qui riparazione sabato sara se sei senza sera si siamo siete solo sono sta stato sto su sua suo tanto te tempo ti
tra troppo tu tuo tutta tutte tutti tutto un un'ora una uno va vado venerdi vi vivo voglio voi volta vorrei vostra vostri vostro dati chiamata
"""
_BY_LANGUAGE = tuple(
    frozenset(words.split()) for words in (_ENGLISH, _SPANISH, _FRENCH, _GERMAN, _PORTUGUESE, _ITALIAN)
)
TONGUES = ("en", "es", "fr", "de", "pt", "it")
_KNOWN = frozenset().union(*_BY_LANGUAGE)
_ONLY = tuple(
    words.difference(*(other for other in _BY_LANGUAGE if other is not words)) for words in _BY_LANGUAGE
)
_GREETINGS = frozenset({"hola", "bonjour", "bonsoir", "hallo", "guten", "buongiorno", "buonasera", "ola"})
"""They show a language by themselves."""
SHOWS_ENGLISH, SHOWS_ANOTHER = 4, 2
MOST_OF_ANOTHER = 2
"""A text's language must have this many times as many words in it as the next one."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_LINK = re.compile(r"https?:|www\.|@|\.\w{2,4}/")
LONGEST = 600
"""A language shows in far fewer characters."""
SHARE, SHARE_BESIDE_FOREIGN = (1, 3), (2, 3)
"""The share of known words that a text needs: one in three, and two in three beside words of another language."""
SHARED_BY_MANY = 2
"""Letters of words that many languages have."""
_ENGLISH_ALONE_LIST = "hi hey oh ok is it of we us up by my he if be do go pm"
_ENGLISH_ALONE = frozenset(_ENGLISH_ALONE_LIST.split())
_LETTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyz\u00e1\u00e9\u00ed\u00f3\u00fa\u00fc\u00f1\u00e0\u00e2\u00e6\u00e7\u00e8\u00ea\u00eb\u00ee\u00ef\u00f4\u0153\u00f9\u00fb\u00ff\u00e4\u00f6\u00df\u00e3\u00f5\u00ec\u00f2\u00aa\u00ba"
)


def is_known_language(text: str) -> bool:
    """Whether the text is in a language of the rules; one without any words is."""
    text = " ".join(part for part in text[:LONGEST].split() if not _LINK.search(part))
    words = _WORD.findall(plain_letters(text))
    words = [word for word in words if len(word) > 1 or word in _KNOWN or not word.isascii()]
    # A word of one language and a word of another do not make a sentence of either.
    found = [[word for word in words if word in each or word.split("'")[0] in each] for each in _BY_LANGUAGE]
    best = max(found, key=len)
    if (
        best
        and len(best) < len(words)
        and all(len(word) <= SHARED_BY_MANY for each in found for word in each)
    ):
        # "Ne", "mi" and "me" are words of many languages.
        best = [word for word in best if word in _ENGLISH_ALONE]
    known = len(best)
    # A letter that none of the languages writes weighs more than a word that many share.
    share = SHARE_BESIDE_FOREIGN if _has_foreign_letters(text) else SHARE
    return known * share[1] >= len(words) * share[0]


def language_written(texts: Sequence[str]) -> str:
    """Return the language (`es`) of the texts of one person together; blank when they do not show it.

    Words of a single language decide. A word or two of English show nothing: people of all languages write "hi" and
    "ok".
    """
    said = [word for text in texts for word in _WORD.findall(plain_letters(text[:LONGEST]))]
    own = {
        tongue: sum((word in words) + (word in _GREETINGS and word in words) for word in said)
        for tongue, words in zip(TONGUES, _ONLY, strict=True)
    }
    first, second = sorted(own, key=lambda tongue: own[tongue], reverse=True)[:2]
    shown = own[first] >= (SHOWS_ENGLISH if first == "en" else SHOWS_ANOTHER)
    return first if shown and own[first] > MOST_OF_ANOTHER * own[second] else ""


def _has_foreign_letters(text: str) -> bool:
    return any(char.isalpha() and char not in _LETTERS for char in text.lower())
