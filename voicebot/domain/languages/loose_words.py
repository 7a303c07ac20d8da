"""Informal spellings in six languages: short forms of chats, typing slips, and curses that add no meaning.

A form stands here only if no reader of another language needs it as a word.
"""

import re

_LOOSE = {
    # English.
    "txt": "text", "txts": "texts", "txting": "texting", "tex": "text", "texs": "texts",
    "txtin": "texting", "txtn": "texting", "textn": "texting", "msg": "message", "msgs": "messages", "msging": "messaging",
    "massages": "messages", "sms": "texts", "smses": "texts",
    "calln": "calling", "robocall": "robo call", "robocalls": "robo calls", "robotexts": "robo texts",
    "plz": "please", "pls": "please", "plss": "please", "pleas": "please", "kindly": "please",
    "thx": "thanks", "thks": "thanks", "tks": "thanks", "thnx": "thanks", "ty": "thanks", "w": "with", "abt": "about", "frm": "from",
    "u": "you", "ur": "your", "r": "are", "yall": "you all", "y'all": "you all", "im": "i'm", "ive": "i've", "id": "i'd",
    "dont": "don't", "dnt": "don't", "donot": "do not", "didnt": "didn't", "doesnt": "doesn't", "isnt": "isn't", "wont": "won't", "thats": "that's", "whats": "what's",
    "youre": "you're", "hes": "he's", "shes": "she's", "theyre": "they're", "havent": "haven't", "wasnt": "wasn't", "arent": "aren't",
    "wouldnt": "wouldn't", "shouldnt": "shouldn't", "couldnt": "couldn't",
    "cant": "can't", "wanna": "want to", "gonna": "going to", "gimme": "give me", "lemme": "let me", "dunno": "don't know",
    "idk": "i don't know", "anymore": "any more", "some1": "someone", "sum1": "someone", "somebdy": "somebody", "ppl": "people",
    "ph": "phone", "num": "number", "thru": "through",
    # German.
    "nix": "nichts", "nich": "nicht", "nen": "einen",
    # Spanish and Portuguese.
    "xfa": "por favor", "xfavor": "por favor", "porfa": "por favor", "porfis": "por favor", "pfv": "por favor", "pfvr": "por favor",
    "vc": "voce", "vcs": "voces", "naum": "nao", "q": "que",
    # French.
    "jveux": "je veux", "jai": "j'ai", "jsuis": "je suis",
    # Italian.
    "nn": "non", "xke": "perche", "xche": "perche",
}  # fmt: skip
_X_FAVOR = re.compile(r"\bx (?=favor\b)")
_CURSES = re.compile(
    r"(?<!\w)(?:the (?:fuck|fck|tf|hell|heck)|tf|f(?:u|\*)(?:c|\*)(?:k|\*)in(?:g\b|')?|effing|freaking?|frickin|friggin|(?:god ?)?damn(?:ed)?|bloody)(?!\w) ?"
)


def in_full(words: str) -> str:
    """Return words in small letters, parted by single spaces, with each loose form in full."""
    return " ".join(_LOOSE.get(word, word) for word in _X_FAVOR.sub("por ", words).split())


def without_curses(words: str) -> str:
    """Return the text in small letters without curses that only press a request: "leave me the hell alone"."""
    return _CURSES.sub("", words)
