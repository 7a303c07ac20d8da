"""The fixed texts of a thread. Plain ASCII, so that they stay in cheap segments."""

from collections.abc import Sequence

from voicebot.domain.opt_out.asked import SCOPE_QUESTION
from voicebot.domain.texts.our_name import NAME_PLACE

HELP = (
    f"This is the automated assistant of {NAME_PLACE}. Ask me anything here or call this number; a person can answer too. "
    "Reply STOP for no more texts. Message and data rates may apply."
)
HELP_WHEN_STOPPED = (
    f"This is the automated assistant of {NAME_PLACE}. You get no texts or calls at the moment. "
    "Reply START to get them again, or call this number."
)
OPT_OUT_CONFIRMED = (
    f"You will get no more texts or calls from {NAME_PLACE}. Reply START if you change your mind."
)
OPT_IN_CONFIRMED = f"You will get texts and calls from {NAME_PLACE} again. Reply STOP to end them."
OPT_OUT_AND_ERASURE = f"{OPT_OUT_CONFIRMED} Your request to delete your data is noted for the team."
SCOPE_ASKED = f"{SCOPE_QUESTION} Please reply ALL, OFFERS or NEITHER."
SCOPE_ASKED_AGAIN = f"I am not sure yet. {SCOPE_ASKED}"
SCOPE_LEFT = "That is fine: nothing changes."
OFFERS_ENDED = f"You will get no offers from {NAME_PLACE}. All other texts and calls still reach you; reply STOP to end those too."
OFFERS_WORDING = "no-offers-1"
"""Names the wording above, as consents are kept with the words they were given to."""
ERASURE_NOTED = (
    "I have noted for the team that you want your data to be deleted, so that a person sees to it. "
    "They may have to ask who you are first."
)

MODEL_FAILED = "Sorry, I cannot answer that right now. Please try again in a few minutes."
MODEL_FAILED_AGAIN = (
    "Sorry, I still cannot answer. I have noted it for the team, so that a person can answer you here."
)
NO_WORDS = "Your text came without words. What can I do for you?"
CODE_UNREAD = "I did not understand the code. Please send its six digits and nothing else."
PERSON_TOLD = "Of course. I have noted it for the team, so that a person can answer you here."
PERSON_TOLD_BEFORE = (
    "It is noted for the team that you would like to talk to a person, who can answer you here."
)
NOTED_FOR_TEAM = "Thank you, I have noted that for the team."
TEXTS_TOO_MANY = (
    "You have sent a lot of texts within an hour, so that I stop answering for a while. "
    "Please write again later, or call this number."
)
TEXTS_TOO_MUCH = "I cannot answer any more texts today. Please write again tomorrow, or call this number."

LOCATION = "location"
"""A place that was shared, among the kinds of media."""
_MEDIA = (
    (LOCATION, "the location"),
    ("image/", "the picture"),
    ("audio/", "the voice message"),
    ("video/", "the video"),
    ("text/vcard", "the contact"),
    ("text/x-vcard", "the contact"),
    ("application/pdf", "the document"),
)


def media_received(kinds: Sequence[str], *, question_follows: bool = False) -> str:
    """Return the thanks for media that came without a word; what to do with it is not asked beside another question."""
    names = {name for kind in kinds for prefix, name in _MEDIA if kind.lower().startswith(prefix)}
    # Several kinds, or one that nobody named.
    what = names.pop() if len(names) == 1 and len(kinds) == 1 else "what you sent"
    thanks = f"Thank you for {what}."
    return thanks if question_follows else f"{thanks} What would you like me to do with it?"
