"""The fixed texts of a thread. English is plain ASCII, so that they stay in cheap segments."""

from collections.abc import Sequence

from voicebot.domain.languages.tables import TABLES, OwnWords
from voicebot.domain.languages.tongues import tongue_of
from voicebot.domain.opt_out.asked import SCOPE_QUESTION
from voicebot.domain.opt_out.channels import Ends
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
TEXTS_ENDED = f"You will get no more texts from {NAME_PLACE}. Calls may still come. Reply START if you change your mind."
CALLS_ENDED = f"You will get no more calls from {NAME_PLACE}. Texts still reach you; reply STOP to end those too, START to undo it."
ENDED = {Ends.ALL: OPT_OUT_CONFIRMED, Ends.TEXTS: TEXTS_ENDED, Ends.CALLS: CALLS_ENDED}
OPT_IN_CONFIRMED = f"You will get texts and calls from {NAME_PLACE} again. Reply STOP to end them."
OPT_OUT_AND_ERASURE = f"{OPT_OUT_CONFIRMED} Your request to delete your data is noted for the team."
SCOPE_ASKED = f"{SCOPE_QUESTION} Please reply ALL, OFFERS or NEITHER."
SCOPE_ASKED_AGAIN = f"I am not sure yet. {SCOPE_ASKED}"
SCOPE_LEFT = "That is fine: nothing changes."
OFFERS_ENDED = f"You will get no offers from {NAME_PLACE}. All other texts and calls still reach you; reply STOP to end those too."
OFFERS_WORDING = "no-offers-1"
"""The version of the wording above; a consent is stored with the words that it answered."""
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
    (LOCATION, "media_location"),
    ("image/", "media_picture"),
    ("audio/", "media_voice"),
    ("video/", "media_video"),
    ("text/vcard", "media_contact"),
    ("text/x-vcard", "media_contact"),
    ("application/pdf", "media_document"),
)
_MEDIA_WORDS = {
    "media_location": "the location",
    "media_picture": "the picture",
    "media_voice": "the voice message",
    "media_video": "the video",
    "media_contact": "the contact",
    "media_document": "the document",
    "media_other": "what you sent",
    "media_thanks": "Thank you for {what}.",
    "media_asked": "What would you like me to do with it?",
}

WORDS = OwnWords(
    {
        "help": HELP,
        "help_when_stopped": HELP_WHEN_STOPPED,
        "opt_out_confirmed": OPT_OUT_CONFIRMED,
        "texts_ended": TEXTS_ENDED,
        "calls_ended": CALLS_ENDED,
        "opt_in_confirmed": OPT_IN_CONFIRMED,
        "opt_out_and_erasure": OPT_OUT_AND_ERASURE,
        "scope_asked": SCOPE_ASKED,
        "scope_asked_again": SCOPE_ASKED_AGAIN,
        "scope_left": SCOPE_LEFT,
        "offers_ended": OFFERS_ENDED,
        "erasure_noted": ERASURE_NOTED,
        "model_failed": MODEL_FAILED,
        "model_failed_again": MODEL_FAILED_AGAIN,
        "no_words": NO_WORDS,
        "code_unread": CODE_UNREAD,
        "person_told": PERSON_TOLD,
        "person_told_before": PERSON_TOLD_BEFORE,
        "noted_for_team": NOTED_FOR_TEAM,
        "texts_too_many": TEXTS_TOO_MANY,
        "texts_too_much": TEXTS_TOO_MUCH,
        **_MEDIA_WORDS,
    }
)


def offers_wording(language: str) -> str:
    """Return the name of the wording in which the end of offers is confirmed in a language."""
    return f"{OFFERS_WORDING}-{tongue_of(language)}" if tongue_of(language) in TABLES else OFFERS_WORDING


def media_received(kinds: Sequence[str], *, question_follows: bool = False, language: str = "") -> str:
    """Return the thanks for media that came without a word; what to do with it is not asked beside another question."""
    names = {name for kind in kinds for prefix, name in _MEDIA if kind.lower().startswith(prefix)}
    # Several kinds, or one that nobody named.
    name = names.pop() if len(names) == 1 and len(kinds) == 1 else "media_other"
    what, thanks, asked = (
        WORDS.said(_MEDIA_WORDS[each], language) for each in (name, "media_thanks", "media_asked")
    )
    thanks = thanks.format(what=what)
    return thanks if question_follows else f"{thanks} {asked}"
