"""Cut one text into its answers and questions: "I'm Ann from Graz, when do you open?"

A cut is made only where a word tells that something new begins, so that "Vienna, Austria" and "Smith, Ann" stay whole.
"""

import re

from voicebot.domain.onboarding.answers import clean

LONGEST = 400
"""Characters: what is longer tells a story."""

_TELLS = (
    r"(?:my (?:full |first )?name(?:'s| is)|(?:i am|i'm|we are|we're) (?:from|in|based|living)|i am|i'm|this is|you can call me|"
    r"call me|(?:i|we) (?:currently )?live|i come from|from|based in|living in|located in|my (?:city|town|voice) is)"
)
_ASKS = (
    r"(?:what|when|where|who|why|how|which|can|could|will|would|do|does|did|is|are|may|should)"
    r"(?:'s|'re)? (?:i|you|we|it|there|this|that|the|your|my|much|many|long|is|are|do|does|time|day|kind)"
)
_NEW = re.compile(
    rf"(?<=[.!?;])\s+|\n+|(?:\s*,\s*|\s+)(?:and |but )?(?={_TELLS}\b)|\s*,\s*(?:and |but )?(?={_ASKS}\b)|\s+and (?={_ASKS}\b)",
    re.IGNORECASE,
)
_NOTHING_ELSE = re.compile(
    r"(?:hi|hello|hey|hallo|hola|good (?:morning|afternoon|evening)|yes|ok|okay|sure|well|no|sorry|oops|wait|thanks|"
    r"thank you|please|there|and|so|um|uh|oh|[\s,.!])*",
    re.IGNORECASE,
)
_TOLD = re.compile(rf"(?:(?:no|sorry|well|and|hi|hello|hey)[\s,.!]+)*{_TELLS}\b", re.IGNORECASE)


def parts_of(text: str) -> list[str]:
    """Return the parts that say something, in order; a text of one part is that text."""
    if len(text) > LONGEST:
        return [text]
    parts = [clean(part) for part in _NEW.split(text.replace("’", "'").strip())]
    return [part for part in parts if part and not says_nothing(part)] or [text]


def says_nothing(part: str) -> bool:
    """Whether the part is a greeting, a thanks or a filler."""
    return _NOTHING_ELSE.fullmatch(part) is not None


def tells_of_itself(part: str) -> bool:
    """Whether the part says what it is, as "my name is" does."""
    return _TOLD.match(part) is not None
