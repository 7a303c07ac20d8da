"""Recognise a refusal of offers only: the answer to our question about news and offers, or a request of its own."""

import re

OFFERS = (
    r"(?:(?:special |marketing |sales |promotional |any |other )*(?:offers?|coupons?|vouchers?|promotions?|promos?|marketing(?! (?:database|lists?|team|department|records?|system))|advertising|advertisements?|adverts?|ads|newsletters?|news|deals|"
    r"discounts|sales (?:texts|messages|stuff|pitch(?:es)?|talk)|campaigns?)(?: (?:texts|messages|emails|calls|stuff))?|"
    r"ofertas?|promociones|promocion|publicidad|novedades|noticias|propaganda|"
    r"offres?|pubs?|publicites?|nouvelles|nouveautes|reclames?|"
    r"angebote?|werbung|werbe ?texts|werbenachrichten|werbeanrufe|neuigkeiten|aktionen|rabatte|reklame|"
    r"promoc(?:ao|oes)|publicidade|novidades|"
    r"offerte|offerta|promozion[ei]|pubblicita|novita|promo)"
)
_NO = (
    r"(?:no|not|without|stop|end|cancel|quit|none of|skip|drop|unsubscribe(?: me)?(?: from)?|opt(?:ing)? (?:me )?out (?:of|from)|neither|nor|"
    r"(?:do not|don't|dont) (?:want|need|like|send|send me|text|text me|wish|wish for|care for|care about)|not interested in|"
    r"sin|ni|nada de|ya no|no mas|no (?:quiero|deseo|necesito|me (?:envien|manden|mande|envie|envies|mandes))|cancelar|"
    r"pas d'|pas de|plus de|plus d'|assez de|marre de|ni|sans|aucune?s?|stop|"
    r"keine?|kein|nicht|ohne|schluss mit|genug|"
    r"sem|nem|nada de|chega de|basta de|nao (?:quero|desejo|preciso|me (?:envi|mand)\w+)|parem? (?:de|com)|"
    r"niente|ne|no|nessuna?|senza|basta|non (?:voglio|desidero|vorrei|mandatemi|inviatemi|mi mandate))"
)
_SMALL = (
    r"(?:(?:to|for|with|your|you|the|these|any|all|more|news|and|or|of|getting|receiving|sending|me|please|special|new|"
    r"de|la|las|los|mas|recibir|sus|ni|recevoir|vos|les|des|de la|plus|weiteren?|ihre|eure|mehr|und|oder|receber|mais|suas|as|ricevere|piu|vostre|le|con|con le|per) )*"
)
_DECLINES = re.compile(rf"\b{_NO}(?: |(?<='))?{_SMALL}{OFFERS}\b")
_ENDS = re.compile(r"\b(?:stop|end|unsubscribe|cancel|opt|turn)\b")
_NAMES_OFFERS = re.compile(rf"\b{OFFERS}\b")
_EVERYTHING = re.compile(
    r"\b(?:(?<!yes to )everything(?! else| about)|anything|nothing|at all|all (?:messages|texts|calls|contact|of it)|any (?:messages|texts|calls|more texts)|(?:texts|messages|calls) (?:or|and)|"
    r"(?:or|and|nor) (?:other )?(?:texts|messages|calls|anything)|ever again|remove me|leave me|off (?:this|your|the) list|unsubscribe me (?:now|please)$|"
    r"(?:ni|nem|ne|oder|ou|und|y|et|e) (?:mensajes|llamadas|messages|appels|nachrichten|anrufe|texts|mensagens|ligacoes|messaggi|chiamate)|"
    r"todo|todos los|nada mas|tout|tous les|alles|alle (?:nachrichten|texts)|tudo|tutto|tutti)\b"
)


def declines_offers(words: str) -> bool:
    """Whether `normalised` words refuse offers alone. "No news yet?" asks for them."""
    if "?" in words and _ENDS.search(words) is None:
        return False
    return _DECLINES.search(words) is not None and _EVERYTHING.search(words) is None


def without_offers(words: str) -> str:
    """Return `normalised` words without their refusal of offers."""
    return _DECLINES.sub(" _ ", words)


def names_offers(words: str) -> bool:
    """Whether `normalised` words speak of offers."""
    return _NAMES_OFFERS.search(words) is not None
