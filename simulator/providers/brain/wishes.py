"""What callers want done in words of their own: something told to somebody, a call back, a person, another voice."""

import re

from simulator.providers.brain.words import word_set

_TELL = re.compile(
    r"^(?:(?:please|hi|hello|hey|ok|okay|and|then|well|yes|so)[\s,.!]+)*(?:(?:can|could|would|will) you (?:please )?)?"
    r"(?:tell|inform|let|remind|notify) (?!me\b|us\b)(?:the |my |your |our )?\w+(?: \w+)?? (?:know )?"
    r"(?:that|to|about|if|whether|i|i'm|i'll|i've|we|we're|we'll|my|our|it|the|his|her|their)\b",
    re.IGNORECASE,
)
_CALL_BACK = re.compile(
    r"\b(?:(?:call|ring|phone|get) (?:me|us) back|call-?back|return my call|(?:call|ring|phone) me (?:later|tomorrow|tonight|again|when|in (?:half|an?|\w+) (?:an )?(?:hours?|minutes?)|(?:on |next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day))\b",
    re.IGNORECASE,
)
_NO_CALL = re.compile(
    r"\b(?:never mind|forget|cancel|don't need|do not need) (?:about )?(?:the|that|my) call\b|\b(?:don't|do not) call me\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:somebody|someone|anybody|anyone|a person|the (?:owner|team|manager|doctor))\b", re.IGNORECASE
)
_PERSON = re.compile(
    r"\b(?:(?:speak|talk) (?:to|with)|connect me|put me through|get me|transfer me|pass me)\b"
    r"|\b(?:real|actual|live) (?:person|human)\b|^\W*(?:a |the )?(?:human|person|operator|representative|agent|colleague)(?:,? please)?\W*$",
    re.IGNORECASE,
)
_VOICE_NAMED = re.compile(
    r"\b(?i:voice) (?i:of|called|named) ([\w'-]+(?: [A-Z][\w'-]+)*)|\b(?i:voice) ([A-Z][\w'-]+)"
    r"|\b([A-Z][\w-]+(?: [A-Z][\w-]+)*)(?:'s)? (?i:voice)\b"
)
_KIND_OF_VOICE = re.compile(
    r"\b(?:an?|the) ((?:(?!another\b|different\b|other\b|new\b)[\w'-]+ ){1,3}?)(?:voice|one)\b", re.IGNORECASE
)
_GENDER = re.compile(r"\b(?:female|male|woman|man|lady|girl|guy|feminine|masculine)(?=\b|'s)", re.IGNORECASE)
_NO = re.compile(
    r"\W*(?:no|nope|nah|no need|not needed|never mind)\b[\s,.!]*(?:thanks?(?: you)?)?\W*", re.IGNORECASE
)
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|sure|ok|okay|please do|please(?=\W*$)|that would be (?:nice|great|good))\b[\s,.!]*(?:please\b[\s,.!]*)?",
    re.IGNORECASE,
)

_NUMBER = re.compile(r"\+?\d[\d ().-]{5,18}\d")
_MOMENT = re.compile(
    r"\b(?:in (?:half an|an|\w+) (?:hours?|minutes?)|next week|(?:today|tomorrow|tonight|(?:on |next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?: (?:morning|afternoon|evening))?"
    r"(?: (?:at|after|before) [\w:]+(?: o'clock)?)?|(?:at|after|before) (?:\d[\d:]*|\w+)(?: o'clock)?(?: in the \w+)?)\b",
    re.IGNORECASE,
)
_NO_NAMES = word_set("a the another different your other male female please change use this")

MESSAGE_TOOL = "take_message"
OFFER_MESSAGE = "Shall I take a message?"
NO_MESSAGE = "All right. Is there anything else I can help you with?"
CANNOT_CONNECT = "I am sorry, I cannot connect you with a person."
CANNOT_WRITE = "I am sorry, I cannot take a message here."
SORRY_TO_HEAR = "I am sorry to hear that."


def message_in(said: str) -> str:
    """Return the message for somebody, in the person's words; blank for other wishes."""
    return said.strip() if _TELL.search(said) else ""


def is_for_the_team(said: str) -> bool:
    """Whether somebody wants something written down, or to be called back; a question about calls is neither."""
    return bool(message_in(said) or call_back_in(said) or wants_message(said))


def number_in(said: str) -> str:
    """Return a phone number that was said, as it was; blank without one."""
    number = _NUMBER.search(said)
    return number[0].strip() if number else ""


def moment_in(said: str) -> str:
    """Return a day or a time that was said; blank without one."""
    moment = _MOMENT.search(said)
    return moment[0] if moment else ""


def call_wanted(said: str) -> bool:
    """Whether the line itself is to call, at a time that was said; a call of somebody is that person's to make."""
    return bool(call_back_in(said) and moment_in(said) and not _SOMEBODY.search(said))


def call_taken_back(said: str) -> bool:
    """Whether somebody does not want any more to be called."""
    return bool(_NO_CALL.search(said))


def call_back_in(said: str) -> str:
    """Return the wish to be called back, as it was said; blank for other wishes."""
    asks_about_it = re.match(r"\W*(?:when|why|who|did)\b", said, re.IGNORECASE)
    return said.strip() if _CALL_BACK.search(said) and not asks_about_it else ""


def wants_person(said: str) -> bool:
    """Whether the words ask for a human being."""
    return _PERSON.search(said) is not None and not re.search(
        r"\byou a (?:real |live )?(?:person|human)\b", said, re.I
    )


def wants_message(said: str) -> bool:
    """Whether the words ask that a message be taken."""
    return (
        re.search(r"\b(?:leave|take|pass on|write down) (?:\w+ )?(?:message|note)\b", said, re.I) is not None
    )


def complains(said: str) -> bool:
    """Whether the words are a complaint."""
    return (
        re.search(r"\bcomplain(?:t|ts|ing)?\b|\bnot (?:happy|satisfied)\b|\bdisappointed\b", said, re.I)
        is not None
    )


def declines(said: str) -> bool:
    """Whether the words are a no and nothing more."""
    return _NO.fullmatch(said) is not None


def after_yes(said: str) -> str:
    """Return what follows a yes; all of it where there is none."""
    return _YES.sub("", said, count=1).strip()


def voice_wish(said: str) -> str:
    """Return which voice is wished for, by name, gender or kind; blank where only another one is."""
    if named := _VOICE_NAMED.search(said):
        name = named[1] or named[2] or named[3]
        if name.casefold() not in _NO_NAMES:
            return name.removesuffix("'s")
    if kind := _KIND_OF_VOICE.search(said):
        return kind[1].strip().lower()
    gender = _GENDER.search(said)
    return gender[0].lower() if gender else ""
