"""How a voice is chosen in five languages: by kind, by place in the list, or left to us."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SPEAKS_OF_VOICE = r"\b(?:voices?|voc[ei]|voz|voces|vozes|voix|(?:\w+)?stimmen?)\b"
"""The word itself, in small letters and without accents."""
WOMAN = _words(
    "donna femmina femminile signora ragazza mujer femenina femenino chica senora femme feminine feminin fille "
    "frau weiblich weibliche weiblichen frauenstimme mulher feminina feminino"
)
MAN = _words(
    "uomo maschio maschile signore ragazzo hombre masculina masculino chico senor homme masculine masculin "
    "mann mannlich mannliche mannlichen mannerstimme homem"
)
PLACES = {
    word: place
    for place, words in enumerate(
        (
            "uno una primo prima primero primera premier premiere eins erste ersten primeira primeiro",
            "due seconda secondo dos segunda segundo deux deuxieme seconde zwei zweite zweiten dois duas",
            "tre terza terzo tres tercera tercero trois troisieme drei dritte dritten terceira terceiro",
            "quattro quarta quarto cuatro cuarta cuarto quatre quatrieme vier vierte vierten quatro",
        ),
        start=1,
    )
    for word in words.split()
}
ALSO_NO_PLACE = _words("uno una prima tres vier")
"""Words of a place that say something else as well ("una voce", "prima di tutto", "très"): they count behind an article, or alone."""
ARTICLES = _words("la il lo el le die der den a o numero nummer number voce voz voix stimme")
LAST = _words("ultima ultimo derniere dernier letzte letzten")
NO_WISH = (
    "qualsiasi|qualunque|indifferente|uguale|non importa|fa lo stesso|(?:scelga|decida|scegli|faccia) (?:lei|tu)|come (?:vuole|preferisce|vuoi)|"
    "da igual|da lo mismo|no importa|como (?:usted )?(?:quiera|prefiera)|elija (?:usted|la)|la que (?:sea|quiera)|"
    "peu importe|n'importe (?:laquelle|quelle|lequel)|egal|comme vous (?:voulez|preferez)|choisissez|"
    "(?:mir|ist|ganz) gleich|irgendeine?|suchen sie (?:\\w+ )*aus|wie sie (?:wollen|mochten)|"
    "tanto faz|qualquer|nao importa|como (?:quiser|preferir)|(?:voce|o senhor|a senhora) (?:escolhe|decide)"
)
NONE_WANTED = frozenset(
    {
        "nein",
        "nein danke",
        "non",
        "non merci",
        "nao",
        "nao obrigado",
        "nao obrigada",
        "no gracias",
        "no grazie",
    }
)
