"""How people begin and end an answer about themselves, on paper and on the telephone, in the languages of our callers.

A phrase is matched word by word, without case, accents and punctuation. A `TELLS` phrase says what follows; a `MAY_TELL`
phrase is also said of a mood ("I'm busy").
"""

from collections.abc import Mapping, Sequence

from voicebot.domain.onboarding.tokens import Token, joined, key
from voicebot.domain.onboarding.tokens import tokens as cut

Phrases = Mapping[str, Sequence[tuple[str, ...]]]


def phrases(*lines: str) -> Phrases:
    """Return phrases by their first word, the longest first; a line holds some, with a bar between two."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in ([key(word) for word in each.split()] for line in lines for each in line.split("|")):
        by_first.setdefault(phrase[0], []).append(tuple(phrase))
    return {first: sorted(found, key=len, reverse=True) for first, found in by_first.items()}


def begins(tokens: Sequence[Token], known: Phrases) -> int:
    """Return how many tokens the longest known phrase takes that the tokens begin with."""
    if not tokens:
        return 0
    for phrase in known.get(tokens[0].key, ()):
        if tuple(token.key for token in tokens[: len(phrase)]) == phrase:
            return len(phrase)
    return 0


def ends(tokens: Sequence[Token], known: Phrases) -> int:
    """Return how many tokens the longest known phrase takes that the tokens end with."""
    longest = max((len(each) for found in known.values() for each in found), default=0)
    for size in range(min(longest, len(tokens)), 0, -1):
        tail = tuple(token.key for token in tokens[-size:])
        if tail in known.get(tail[0], ()):
            return size
    return 0


def as_keys(words: str) -> frozenset[str]:
    """Return the words of a text as they are compared. Spaces part them, or bars where an entry has several words."""
    return frozenset(key(word) for word in (words.split("|") if "|" in words else words.split()))


def without_greeting(found: Sequence[Token]) -> Sequence[Token]:
    """Return the words without greetings, fillers and what joins them to the words before."""
    rest = found
    while rest:
        size = (
            begins(rest, GREETINGS)
            or begins(rest, FILLERS)
            or begins(rest, WEAK_FILLERS)
            or begins(rest, JOINERS)
        )
        if not size:
            break
        rest = rest[size:]
    return rest


RETURNED = phrases(
    "how are you|how are you doing|how are you today|how is it going|how's it going|how about you|what about you|and u|what's yours|whats yours|whats urs|what's urs|what is yours|what's your name|and what's yours",
    "who am i talking to|who am i speaking to|who am i speaking with|who's this|who is this|who are you|what do you need|what else|what's up|wie geht's|wie geht es ihnen|wie geht es dir|que tal|como estas|como esta|como esta usted",
    "come sta|come stai|ca va|comment allez vous|comment ca va|tudo bem|como vai|con quien hablo|com quem falo|mit wem spreche ich|con chi parlo|qui est a l'appareil",
    "and you|and yours|and yourself|y usted|y tu|y ustedes|et vous|et toi|und du|und sie|und ihr|e voce|e lei|e tu|en jij",
)
"""A question back out of courtesy, behind an answer."""


def asks(text: str) -> bool:
    """Whether the text has the mark of a question, and not only behind "and you?"."""
    if "?" not in text and "¿" not in text:
        return False
    found = cut(text)
    size = ends(found, RETURNED)
    return not 0 < size < len(found) or any(mark in joined(found[:-size]) for mark in "?¿")


def thanks(found: Sequence[Token]) -> int:
    """Return how many words of thanks stand in front of something else."""
    size = begins(found, THANKS)
    if not 0 < size < len(found):
        return 0
    parted = found[size - 1].ends_clause or found[size].written[:1].isupper()
    return size if parted or begins(found[size:], TELLS_NAME) or begins(found[size:], MAY_TELL_NAME) else 0


def tells_place(found: Sequence[Token]) -> bool:
    """Whether the words begin by saying that a place follows: "I live in", "soy de"; "it's" says nothing of the kind."""
    size = begins(found, TELLS_PLACE) or begins(found, MAY_TELL_PLACE)
    if not size or size == len(found):
        return False
    return (
        not begins(found, MAY_TELL_NAME) or size > begins(found, MAY_TELL_NAME)
        if size > 1
        else found[0].key in ("from", "aus", "desde")
    )


GREETINGS = phrases(
    "hi|hi there|hello|hello there|hey|hey there|hiya|howdy|good morning|good afternoon|good evening|good day|greetings",
    "hola|buenas|buenas tardes|buenas noches|buenos dias|bonjour|bonsoir|salut|hallo|guten tag|guten morgen",
    "guten abend|moin|servus|gruss gott|ola|oi|bom dia|boa tarde|boa noite|ciao|buongiorno|buonasera|salve|hoi|goedendag",
    "goedemorgen|goedemiddag|dzien dobry|czesc|hej|hei|नमस्ते|مرحبا|привет|здравствуйте|добрый день",
    "nice to meet you|pleased to meet you|mucho gusto|encantado|encantada|enchante|enchantee|piacere|muito prazer|prazer|aangenaam",
)
FILLERS = phrases(
    "just|yes|yeah|yep|yup|ya|ok|okay|well|um|umm|uh|uhm|er|erm|oh|ah|hmm|hm|sorry|oops|please|actually|si|sim|oui|ja|tak|claro",
    "vale|bueno|pues|alors|euh|also|aehm|eh|bien|all right|alright|of course|i think|i guess|you know",
    "i said|i already said|i just said|as i said|like i said|i told you|i told you already|i already told you|i just told you|ya dije|ya le dije|ya te dije|como dije|j'ai dit|je l'ai deja dit|je vous l'ai dit|comme j'ai dit",
    "ich sagte|wie gesagt|ich habe gesagt|ich sagte doch|ja disse|eu disse|ja falei|como eu disse|ho detto|ho gia detto|l'ho gia detto|come ho detto",
    "sure thing|no problem|no worries|with pleasure|gladly|absolutely|certainly|definitely|let me see|let's see",
    "con mucho gusto|con gusto|claro que si|por supuesto|desde luego|a ver|bien sur|gerne|com certeza|certo|scusi|mi scusi|scusa|scusate|allora|dunque|ecco|senta|certamente|volentieri|va bene|d'accordo",
)
THANKS = phrases(
    "thanks|thank you|thanks so much|thanks a lot|thank you so much|thank you very much|gracias|muchas gracias|merci|merci beaucoup|danke",
    "vielen dank|obrigado|obrigada|muito obrigado|muito obrigada|grazie|grazie mille",
)
"""Before a name where punctuation or a capital shows that they end: "thanks anyway" is a remark."""
WEAK_FILLERS = phrases("so|no|sure|wait|now|again|and|right|like")
"""Also names, or parts of names: taken away only where something shows that they are none."""

JOINERS = phrases("and|but|also|y|e|et|und|pero|mas|mais|aber|ma|maar|ale|plus|och|og")

TELLS_NAME = phrases(
    "my real name is|my real name's|real name is|real name's|my legal name is|my actual name is",
    "names|it is i|my name is|my names|my name's|my name|the name is|the name's|name is|name's|name|full name|first name|my full name is",
    "my full name's|my first name is|my first name's|you can call me|you may call me|just call me|please call me|call me|they call me",
    "you can put down|you can put|put me down as|you can write|people call me|everyone calls me|everybody calls me|friends call me|my friends call me|i go by|i'm called|i am called|it's me|its me",
    "it is me|that's me|you're speaking with|you are speaking with|you're speaking to|you are speaking to|you're talking to",
    "you are talking to|you're talking with|i'm known as|the name of",
    "me llamo|yo me llamo|mi nombre es|mi nombre completo es|nombre|nombre completo|me dicen|todos me dicen|me llaman|soy yo|puede llamarme|puedes llamarme|digame|dime|le habla|les habla",
    "habla con|al habla|je m'appelle|moi je m'appelle|mon nom est|mon prenom est|moi c'est|je me nomme|nom|prenom|vous pouvez m'appeler|appelez-moi|appelle-moi|tu peux m'appeler",
    "ich heisse|ich heise|heisse|ich bin's|ich bin es|nenn mich|mein name ist|mein name lautet|mein vorname ist|man nennt mich|hier spricht|du kannst mich",
    "meu nome e|o meu nome e|o meu nome|me chamo|eu me chamo|chamo-me|o meu nome completo e|meu nome completo e|pode me chamar de|pode chamar-me|nome|aqui fala",
    "chiamami|chiamatemi|llamame|me puedes llamar|me puede llamar|podes llamarme|nenne mich|nennen sie mich|pode me tratar por|noem me|mi chiamo|io mi chiamo|il mio nome e|mi chiamano|puoi chiamarmi|mi puoi chiamare|puo chiamarmi|mi puo chiamare|mi chiami|mi chiami pure|chiamami pure|il mio nome|il mio nome completo e|qui parla",
    "ik heet|mijn naam is|naam|je mag me|men noemt me|nazywam sie|mam na imie|mowia na mnie|moje imie to",
    "jag heter|mitt namn ar|jeg heter|jeg hedder|mit navn er|navnet mitt er|меня зовут|мое имя|adım|benim adım|ismim|اسمي|انا اسمي|मेरा नाम|nimeni on|minun nimeni on|numele meu este|ma numesc|me chamam de",
)
DENIES_NAME = phrases(
    "my name isn't|my name isnt|my name is not|my name's not|it's not|its not|it isn't|it isnt|it is not|that's not|that isn't|i'm not|im not|i am not|no soy|no me llamo|je ne suis pas|ich bin nicht|ich heisse nicht|nao sou|non sono"
)
"""The name that follows is the wrong one."""
MAY_TELL_NAME = phrases(
    "i mean|i meant|i meant to say|use|please use|you can use|put|put down|write|write down|save it as|save me as|it should be|should be|it should say|legally",
    "i am|i'm|im|this is|it is|it's|its|aqui|habla|aqui habla|le saluda|te saluda|les saluda|le escribe|te escribe|that would be|here is|here's|that is|that's|soy|yo soy|soy el|soy la|es|je suis|c'est|ici",
    "ich bin|ich bin der|ich bin die|hier ist|das ist|eu sou|eu sou o|eu sou a|sou|sou o|sou a|aqui e|aqui e o|aqui e a",
    "sono|io sono|sono il|sono la|io sono il|io sono la|sono io|qui e|parla|olen|ik ben|met|jestem|jag ar|jeg er|я|это",
)
TELLS_PERSON = phrases(
    "i'm|i am|im|my name is|my name's|soy|yo soy|me llamo|ich bin|ich heisse|je suis|je m'appelle|sono|eu sou|sou|ik ben|jestem"
)
"""Beginnings that say who somebody is, once the words about where they live are removed."""
NAME_TAILS = phrases(
    "and yourself|et vous|et toi|und du|und sie|und ihr|e voce|e lei|here|sorry|please|pls|thanks|thanks a lot|thank you|thank you very much|thx|nice to meet you|pleased to meet you|nice meeting you|and you",
    "and yours|what's yours|speaking|calling|on the line|a l'appareil|al telefono|all'apparecchio|al habla|no telefone|is fine|is good|is okay|is ok|works|will do|by the way|btw|sir|madam|ma'am|is my name|is the name|my name|is my full name|is my first name",
    "that is my name|that's my name|that's me|is what people call me|is what they call me|then|cheers|at your service|lol|haha|hehe|lmao",
    "gracias|muchas gracias|por favor|mucho gusto|encantado|encantada|un placer|es mi nombre|para servirle|a sus ordenes|y usted|y tu",
    "merci|enchante|enchantee|s'il vous plait|s'il te plait|danke|bitte|freut mich|ist mein name|mein name|hier|am apparat|है|obrigado|obrigada|muito prazer",
    "prazer|grazie|piacere|per favore|e il mio nome|mi chiamo|dank je|dank u|aangenaam|alsjeblieft|dziekuje|milo mi|спасибо",
)

FIRST_LABELS = phrases(
    "first|first name|firstname|given name|name|my first name is|first name is|my name is|nombre|nombres|mi nombre es|prenom|mon prenom est|vorname",
    "and first name|and my first name is|y nombre|y mi nombre es|und vorname|mein vorname ist|nome|primeiro nome|voornaam|imie",
)
LAST_LABELS = phrases(
    "last name|last name is|lastname|my last name is|and last name|and my last name is|surname|surname is|and surname|my surname is|family name",
    "apellido|apellidos|y apellido|nom|et nom|mi apellido es|y mi apellido es|y de apellido|de apellido|nom de famille|mon nom de famille est|nachname",
    "mein nachname ist|und nachname|sobrenome|apelido|cognome|achternaam|nazwisko",
)
"""They part first and last name in a form that is filled in, or in a sentence like one."""

TELLS_PLACE = phrases(
    "i live in|i live near|i live at|i live around|i live close to|i live just outside|i live just outside of|i live outside of|i live outside|i live by",
    "i currently live in|i currently live near|i now live in|i actually live in|i am living in|i'm living in|i live|i reside in|i'm residing in|i'm based in|i am based in",
    "i'm located in|i am located in|calling from|texting from|writing from|i come from|i stay in",
    "i moved to|i just moved to|just moved to|moved to|recently moved to|i recently moved to|i relocated to|live in|me mude a|we live in|we live near|we are from|we're from|we're based in|we are based in|we're located in|we're in|we are in",
    "my city is|my city's|my town is|my region is|my place is|my location is|my home is|my hometown is|my home town is",
    "currently in|now in|right now in|now based in|now living in|based in|based out of|living in|located in|out of|the city of|the city is|the town is|i live over in|i live down in|i live up in|i live out in|i live out by|i live up near",
    "vivo en|yo vivo en|vivo cerca de|resido en|radico en|estoy en|mi ciudad es|vengo de|vivimos en|estamos en",
    "actualmente vivo en|te hablo desde|llamo desde|desde|j'habite a|j'habite|j'habite en|j'habite au|j'habite aux|j'habite dans|j'habite pres de|je vis a|je vis en|je vis au|je viens de|je reside a",
    "ich komme aus der nahe von|ich wohne in der nahe von|aus der nahe von|j'habite la ville de|nous habitons a|je viens du|je viens de la|je viens d'|ich wohne in|ich wohne bei|ich lebe in|ich komme aus|wohne in|wohnhaft in|wir wohnen in|ich bin aus|komme aus",
    "moro em|moro no|moro na|eu moro em|vivo no|vivo na|vivo em|eu vivo em|resido em|estou em|venho de",
    "abitiamo a|abitiamo in|viviamo a|viviamo in|sto a|sto in|sono a|siamo a|siamo di|la mia citta e|la citta e|abito vicino a|vivo vicino a|abito nei pressi di",
    "abito a|abito in|io abito a|vivo a|io vivo a|vivo in|vengo da|risiedo a|ik woon in|ik woon|ik kom uit|ik leef in",
    "mieszkam w|mieszkam we|pochodze z|jag bor i|jeg bor i|я живу в|живу в",
)
PLACE_LABELS = as_keys(
    "city town location region place country home ciudad lugar ville stadt ort cidade citta woonplaats miasto"
)
"""Before a colon."""
MAY_TELL_PLACE = phrases(
    "i'm originally from|i am originally from|originally from|i was born in|born in|i grew up in|that would be|somewhere in|some place in|down in|over in|up in|out in|currently|presently|actualmente|por|por aqui en|"
    "i'm from|i am from|im from|i'm in|i am in|im in|i'm at|i'm near|i am near|it is|it's|its|that is|that's|this is|from|in|near|near to|close to|around",
    "outside|outside of|just outside|just outside of|at|soy de|yo soy de|somos de|en|de|cerca de|je suis de|je suis a|a|au|pres de|c'est|aus|in der nahe von|bei|nahe",
    "sou de|eu sou de|em|perto de|sono di|io sono di|a|da|vicino a|ik ben uit|uit|w|z|я из|из|es",
)
PLACE_TAILS = phrases(
    "and yourself|et vous|et toi|und du|und sie|und ihr|e voce|e lei|please|pls|thanks|thank you|thx|now|right now|at the moment|currently|these days|and you|by the way|btw|sir|madam|ma'am",
    "of course|obviously|born and raised|por supuesto|claro|is where i live|is my city|is my town|is my home|is where i'm from|is where i am from|here",
    "gracias|por favor|ahora|actualmente|y tu|y usted|merci|s'il vous plait|danke|bitte|obrigado|obrigada|grazie|per favore|dank je|dziekuje",
)
