"""Reactions: what a telephone writes as a text where the other side cannot show a thumb or a heart.

The telephone repeats our own words in quotes. So a reaction says nothing of its own: it is kept and shown, and nobody
judges or answers it. Wordings change with the telephone, its language and its version; the shape does not (tests/vectors,
`reactions.json`).
"""

import re
import unicodedata
from functools import cache

LONGEST = 2000
"""The longest text that is examined. A longer one is no reaction, because telephones shorten what they quote."""
_PICTURE = "\u263a"
"""Stands for any run of emoji."""
_DRAWN = frozenset({"So", "Sk", "Cn", "Co"})
"""Categories of emoji and skin tones; Cn are those that are newer than our tables."""
_DRAWN_MARKS = "\u203c\u2049"
_KEPT_MARKS = "`^\u00b4\u00a8"
_QUOTE_MARKS = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f\u2033\uff02"
_PLAIN = {ord(mark): '"' for mark in _QUOTE_MARKS} | {
    ord(mark): "'" for mark in "\u2018\u2019\u02bc\u00b4`\u2032"
}

_QUOTED = r"(?:\".*\"|\"[^\"]*|'.*')"
"""Our words as they are repeated; their end may be cut with its mark."""
_MEDIA = (
    r"(?:(?:an?|one|\d+|your|un|una|une|uma|um|ein|eine|einen|een|en|et|ett|un') ?)?"
    r"(?:animated |animierte[ns]? )?"
    r"(?:images?|photos?|pictures?|videos?|movies?|attachments?|(?:audio|voice) (?:messages?|notes?|recordings?)|stickers?|links?|"
    r"contacts?|locations?|files?|documents?|gifs?|memojis?|messages?|texts?|polls?|maps?|"
    r"imagen(?:es)?|fotos?|fotografias?|(?:archivos?|ficheros?)(?: adjuntos?)?|adjuntos?|mensajes?(?: de (?:audio|voz))?|pegatinas?|"
    r"enlaces?|contactos?|ubicacion(?:es)?|pieces? jointes?|messages? (?:audio|vocal|vocaux)|autocollants?|liens?|fichiers?|"
    r"bild(?:er)?|foto|anhang|anhange|(?:audio|sprach)nachricht(?:en)?|nachricht(?:en)?|datei(?:en)?|standort|kontakt|"
    r"imagem|imagens|anexos?|mensagem|mensagens|mensagem de (?:audio|voz)|figurinhas?|arquivos?|"
    r"immagin[ei]|allegat[oi]|messagg(?:io|i)(?: (?:audio|vocal[ei]))?|adesiv[oi]|file|contatt[oi]|posizione|"
    r"afbeelding(?:en)?|bijlagen?|bericht(?:en)?|spraakbericht|bilde?|meddelande|besked|melding|obraz|zdjecie|wiadomosc)"
)
_THING = rf"(?:{_QUOTED}|{_MEDIA}[.!]?)"
_P = _PICTURE
_VERBS = (
    # English.
    r"(?:dis)?liked|loved|laughed at|emphasi[sz]ed|questioned|removed (?:an? |the )?(?:like|heart|love|dislike|laugh|haha|exclamation(?: mark| point)?|emphasis|question(?: mark)?|reaction|tapback|sticker|\u263a)"
    r"(?: reaction| sticker)? from|"
    rf"reacted(?: with)?(?: an?)?(?: {_P}|[\w ]{{0,20}} ?(?:sticker|memoji|emoji|genmoji))? to|"
    # Spanish.
    r"(?:a \w+ )?(?:le|les) (?:gusto|encanto|gusta|encanta|ha (?:gustado|encantado))|(?:a \w+ )?no (?:le|les) gust[oa]|(?:se|me) (?:rio|ri|ha reido) (?:de|con|por|ante)|"
    r"(?:ha )?(?:enfatiz|exclam|resalt|destac|subray|remarc|cuestion|acentu)(?:o|ado)|(?:ha )?pregunt(?:o|ado)(?: por| sobre)?|"
    rf"(?:ha )?puesto en duda|(?:ha )?reaccion(?:o|ado)(?: con)?(?: {_P})? a|(?:ha )?(?:dado|dio|indicado|marcado|marco|puesto|puso)(?: que)?(?: con| como)?(?: un)? \"?"
    r"(?:no )?(?:me|le) (?:gusta|encanta)\"?(?: a| en)?|(?:ha )?(?:elimin|quit|borr|retir)(?:o|ado) [\w\u263a \"]{1,40} (?:de|a|en)|"
    # French.
    r"(?:a |ai |avez )?(?:aime|adore)|n'(?:a|ai) pas aime|(?:a |ai )?ri (?:a|de|en reaction a)|"
    r"(?:a |ai )?(?:souligne|accentue|exclame|insiste sur|mis l'accent sur|mis en (?:evidence|avant|valeur)|appuye)|"
    r"(?:a |ai )?(?:questionne|interroge|mis en doute|pose une question sur|remis en question)|s'est interroge(?:e)? sur|"
    rf"(?:a |ai )?reagi(?: (?:avec|par|au moyen de))?(?: {_P})? (?:a|au|en reponse a)|(?:a |ai )?(?:retire|supprime|enleve) [\w\u263a' \"]{{1,40}} (?:de|a|sur)|"
    # German, where the verb stands first.
    r"gefallt(?: mir)?:?|liebt|mag|lacht uber|betont|hinterfragt|mochte|liebte|lachte uber|betonte|hinterfragte|"
    rf"reagierte(?: mit)? {_P} auf|{_P} (?:zu|auf|an|fur)|"
    # Portuguese.
    r"(?:nao )?(?:gostou d[eao]|curtiu|amou|adorou)|riu(?:-se)? (?:d[eao]|com|para)|(?:enfatiz|destac|exclam|realc|question)ou|perguntou sobre|"
    rf"reagiu(?: com)?(?: {_P})? (?:a|ao|em|para)|(?:removeu|retirou|tirou) [\w\u263a \"]{{1,40}} (?:de|em)|"
    r"deu (?:um |uma )?[\w\u263a \"]{1,20} (?:a|em|para)|colocou [\w\u263a \"]{1,20} em|"
    # Italian.
    r"(?:non )?(?:le |gli |ti |a \w+ )?(?:e piaciut[oa]|piace|piaceva)|ama|(?:non )?ha (?:adorato|amato|apprezzato|gradito)|ha riso (?:per|a|di|su|con)|ride per|"
    r"ha (?:enfatizzato|evidenziato|sottolineato|esclamato|accentuato|dubitato di|messo in dubbio|interrogato|chiesto di|chiesto)|"
    rf"ha (?:fatto una domanda|posto una domanda) (?:su|a)|(?:ha )?reagito(?: con)?(?: {_P})? (?:a|al|su)|"
    r"ha (?:messo|aggiunto|dato) [\w\u263a' \"]{1,30} (?:a|ad|su)|ha (?:rimosso|tolto|eliminato) [\w\u263a' \"]{1,40} (?:da|a|di|su)|"
    # Dutch, Swedish, Danish, Norwegian, Polish.
    r"(?:moest )?(?:lachen|lachte|gelachen) om|benadrukte|(?:stelde een vraag|vroeg) over|gillade|alskade|ogillade|skrattade at|betonade|ifragasatte|"
    r"syn(?:te)?s(?: ikke)? godt om|elskede|likte(?: ikke)?|elsket|lo (?:av|ad)|grinede ad|(?:under|frem)\w+(?:de|te|et)|satte sporgsmalstegn ved|stilte sporsmal ved|"
    r"polubi\w+|uwielbia\w*|nie polubi\w+|smial\w* sie z|podkresli\w+|zakwestionowa\w+|"
    # Russian, Chinese.
    r"(?:\u043d\u0435 )?(?:\u043f\u043e)?\u043d\u0440\u0430\u0432\w+|\u043e\u0442\u0440\u0435\u0430\u0433\u0438\u0440\w+[^\"]{0,20}|"
    r"\u4e0d?\u559c[\u6b22\u6b61]\u4e86?|[\u8d5e\u8b9a]\u4e86|\u611b\u4e86?|\u5f37\u8abf\u4e86?|\u8cea\u7591\u4e86?|\u70b9\u8d5e\u4e86?|\u7231\u4e86?|\u5927\u7b11\u4e86?|\u5f3a\u8c03\u4e86?|\u8d28\u7591\u4e86?"
)
_BEHIND = (
    # Languages in which the verb follows the quote: German, Dutch, Japanese, Korean, Turkish, Chinese.
    rf"hat (?:uber |zu |mit (?:{_P} |[\w ]{{1,20}} )?auf |auf |mit {_P} auf )?{_THING} (?:ge(?:liked|likt|mocht|liebt|herzt|lacht|fallen)|nicht gemocht|gelacht|"
    rf"hervorgehoben|betont|hinterfragt|in frage gestellt|(?:ge)?disliked|disliket|unterstrichen|(?:mit )?(?:{_P}|\"[\w ]+\"|[\w ]{{1,20}}) (?:markiert|bewertet|reagiert|versehen|kommentiert)|reagiert)",
    rf"hat [\w\u263a \"-]{{1,40}} (?:von|fur|bei|aus|zu) {_THING} (?:entfernt|geloscht|zuruckgenommen|hinzugefugt)",
    rf"(?:mag|mochte|gefallt(?: mir)?) {_THING} nicht",
    rf"vond {_THING} (?:leuk|geweldig|niet leuk|grappig)",
    rf"heeft (?:met )?{_P} op {_THING} gereageerd|heeft [\w\u263a \"]{{1,40}} van {_THING} verwijderd",
    r"\".*\" ?(?:\S{1,12} )?\S{0,14}(?:\u3044\u3044\u306d|\u30cf\u30fc\u30c8|\u597d\u304d|\u7b11|\u5f37\u8abf|\u7591\u554f|\u30ea\u30a2\u30af\u30b7\u30e7\u30f3|\uc88b\uc544|\uc6c3|\uac15\uc870|\ubc18\uc751|begendi|sevdi|guldu|vurguladi|sorguladi|tepki)\S{0,20}(?: \S{1,12})?",
    r"[\u5c0d\u5bf9\u8aaa\u8bf4]\".*\"\S{0,6}(?:\u8b9a|\u8d5e|\u559c\u6b61|\u559c\u6b22|\u559c\u611b|\u7b11|\u5f37\u8abf|\u5f3a\u8c03|\u7591\u554f|\u7591\u95ee|\u8cea\u7591|\u56de\u61c9|\u56de\u5e94)\S{0,6}",
)
_FIRST_PERSON = rf"(?:no )?me (?:gusto|encanto|gusta|encanta) ?{_QUOTED}"
_EMOJI_FORMS = (
    rf"{_P} [^\W\d_]{{1,5}} {_THING}",
    rf"(?:\w+ ){{0,3}}\w*(?:rea[ckg]\w*|\u0440\u0435\u0430\u0433\w*)(?: [^\W\d_]{{1,6}}){{0,2}} {_P} ?(?:[^\W\d_]{{1,6}} ){{0,2}}{_THING}(?: \w{{1,12}})?",
)


@cache
def _reaction() -> re.Pattern[str]:
    # Compiled for the first text: a process that reads none starts without.
    return re.compile(
        "|".join((rf"(?:{_VERBS}) ?{_THING}", _FIRST_PERSON, *_BEHIND, *_EMOJI_FORMS)),
        re.DOTALL | re.IGNORECASE,
    )


def is_reaction(body: str) -> bool:
    """Whether the whole text is a reaction to a message, and no words of its sender's."""
    if len(body) > LONGEST:
        return False
    # A line of its own after our words is the sender's own.
    return _reaction().fullmatch(_plain(body)) is not None


def _plain(body: str) -> str:
    """Return the text without accents and invisible marks, quotes of all kinds as `"`, a run of emoji as one sign."""
    drawn, signs = False, []
    for char in unicodedata.normalize("NFD", body.translate(_PLAIN)):
        kind = unicodedata.category(char)
        if kind in ("Cf", "Mn", "Me"):
            continue
        if (kind in _DRAWN and char not in _KEPT_MARKS) or char in _DRAWN_MARKS:
            signs.append("" if drawn else f" {_PICTURE} ")
            drawn = True
        else:
            signs.append(char)
            drawn = drawn and char.isspace()
    text = " ".join("".join(signs).casefold().split(" "))
    return re.sub(r"[^\S\n]+", " ", re.sub(r"[^\S\n]*\"[^\S\n]*", _spaced, text)).strip()


def _spaced(found: re.Match[str]) -> str:
    """Keep one space on the sides of a quotation mark that had any: `“ our words ”` and `“our words”` are alike."""
    return f'{" " if found[0][0].isspace() else ""}"{" " if found[0][-1].isspace() else ""}'
