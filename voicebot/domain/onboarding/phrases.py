"""The words of the onboarding, for reading and for listening. English is plain ASCII, so that a text stays in cheap segments."""

from voicebot.domain.languages.tables import TABLES, OwnWords
from voicebot.domain.languages.tongues import tongue_of
from voicebot.domain.onboarding.state import Medium, OnboardingState, Question
from voicebot.domain.texts.our_name import NAME_PLACE

CONSENT_WORDING = "onboarding-1"
"""Names the wording of the consent question below: a changed question needs a new name. Another language has its own."""

_WELCOME = {
    Medium.TEXT: (
        f"Welcome! This is the automated assistant of {NAME_PLACE}: ask me anything, by text or by phone. A few short "
        "questions first; say LATER to put them off. Reply STOP for no more texts. Message rates may apply."
    ),
    Medium.CALL: (
        "Welcome! I am an automated assistant, and we have not met yet. A few short questions first; "
        "say later to put them off."
    ),
}
_NAME = "What is your name?"
_LOCATION = "Which city or region do you live in?"
_CONSENT = {
    # AGREE and not YES: YES is a word that the carrier counts.
    Medium.TEXT: "May we also text or call you with news and offers? Please reply AGREE or NO; a no has no other effect.",
    Medium.CALL: "May we also text or call you with news and offers? Please say I agree, or no; a no has no other effect.",
}
_VERIFICATION = {
    Medium.TEXT: (
        "Please reply with your code. If its text has two words to reply with, they do as well. "
        "NEW CODE gets you another, CALL ME reads it to you."
    ),
    Medium.CALL: "Please tell me the code from the text that I sent to this number, or enter it with the keys.",
}
_NOT_TAKEN = {
    Question.NAME: "I just need a name here, without digits or links. You can also say SKIP.",
    Question.LOCATION: "I just need a city or a region here. You can also say SKIP.",
    Question.VOICE: "I have no voice of that name.",
    Question.CONSENT: "I need a clear answer to this one.",
    Question.VERIFICATION: "I did not find a code in that; say LATER to put it off.",
}

COMPLETED = "Thank you{name}, that was all. You can text or call me at any time."
COMPLETED_BY_CODE = (
    "Thank you{name}, your number is verified and that was all. You can text or call me at any time."
)
CONSENT_NOTED = {True: "Thank you, noted.", False: "That is fine: no news and no offers."}
CONSENT_LEFT_OPEN = "I take that as a no."
CODE_ON_ITS_WAY = {
    # Whichever of the two texts arrives first: this one, or the code.
    Medium.TEXT: "Last step: I am texting you a code, to make sure that this number is yours.",
    Medium.CALL: "Last step: I am sending you a text with a code, to make sure that the number is yours.",
}
CODE_AGAIN = "It is on its way again."
CODE_WHEN_READY = (
    "Only your number is left to be verified: reply NEW CODE when you have a minute, and I text you a code."
)
CODE_REFUSED = "I have sent you all the codes that I may for now. Text me CODE {when}, and we finish this."
CODE_BY_CALL = "I am calling you with the code."
CODE_SENT_JUST_NOW = "I sent it less than a minute ago: please give it a moment."
CODE_CALL_SOON = (
    "The code went out less than a minute ago. Reply CALL ME in a minute, and I call you with it."
)
CODE_WRONG = "That is not the code."
CODE_UNKNOWN = "I have no code that this could be, or it is too old. I am sending it anew."
CODE_LIMITED = "Those were too many tries for now. Text me CODE tomorrow and we finish this."
CODE_ELSEWHERE = "Please enter that code where you were asked for it, and not here."
CODE_APPROVED = "Thank you, your number is verified."
POSTPONED = "No problem. Say CONTINUE whenever you like, and we go on where we stopped."
REFUSED = "That is fine, I will not ask again. Say CONTINUE if you ever want to set this up."
GREETED = "Hello again!"
CALL_DROPPED = f"Our call ended early. This is {NAME_PLACE}, let us go on by text; say LATER to put it off, or STOP for no more texts."
WELCOME_BACK = "Good to have you back. Ask me anything; say CONTINUE, and we finish setting you up."
SORRY = "Sorry about that."
LOCATION_KNOWN = "Thank you for the location."
NOTED = "Noted{value}."
SKIPPED = "Then we leave that open."
ANY_VOICE = "Then I keep the voice I have."
_RATHER_NOT = "Say LATER to put it off, or STOP for no more texts."
REMINDERS = {
    1: f"Hello from {NAME_PLACE}, we did not finish setting you up. {_RATHER_NOT}",
    2: f"A last reminder from {NAME_PLACE}: one question is still open. {_RATHER_NOT}",
}


_VOICE_QUESTION = {
    Medium.TEXT: "Which voice shall I have on the phone: {voices}? Reply with a number or a name, or SKIP.",
    Medium.CALL: "Which voice shall I have on the phone: {voices}? You can also say skip.",
}
_OR = " or "
_WHEN = {"tomorrow": "tomorrow", "hours": "in some hours", "minutes": "in {minutes} minutes"}
_BY_THE_WAY = "By the way, {question}"
_THANKS_NAMED, _THANKS = "Thank you, {name}.", "Thank you."

WORDS = OwnWords(
    {
        **{f"welcome_{medium.value}": words for medium, words in _WELCOME.items()},
        "ask_name": _NAME,
        "ask_location": _LOCATION,
        **{f"ask_consent_{medium.value}": words for medium, words in _CONSENT.items()},
        **{f"ask_verification_{medium.value}": words for medium, words in _VERIFICATION.items()},
        **{f"ask_voice_{medium.value}": words for medium, words in _VOICE_QUESTION.items()},
        "voice_or": _OR,
        **{f"not_taken_{question.value}": words for question, words in _NOT_TAKEN.items()},
        "completed": COMPLETED,
        "completed_by_code": COMPLETED_BY_CODE,
        "consent_noted_yes": CONSENT_NOTED[True],
        "consent_noted_no": CONSENT_NOTED[False],
        "consent_left_open": CONSENT_LEFT_OPEN,
        **{f"code_on_its_way_{medium.value}": words for medium, words in CODE_ON_ITS_WAY.items()},
        "code_again": CODE_AGAIN,
        "code_when_ready": CODE_WHEN_READY,
        "code_refused": CODE_REFUSED,
        **{f"when_{name}": words for name, words in _WHEN.items()},
        "code_by_call": CODE_BY_CALL,
        "code_sent_just_now": CODE_SENT_JUST_NOW,
        "code_call_soon": CODE_CALL_SOON,
        "code_wrong": CODE_WRONG,
        "code_unknown": CODE_UNKNOWN,
        "code_limited": CODE_LIMITED,
        "code_elsewhere": CODE_ELSEWHERE,
        "code_approved": CODE_APPROVED,
        "postponed": POSTPONED,
        "refused": REFUSED,
        "greeted": GREETED,
        "call_dropped": CALL_DROPPED,
        "welcome_back": WELCOME_BACK,
        "sorry": SORRY,
        "location_known": LOCATION_KNOWN,
        "noted": NOTED,
        "skipped": SKIPPED,
        "any_voice": ANY_VOICE,
        **{f"reminder_{number}": words for number, words in REMINDERS.items()},
        "by_the_way": _BY_THE_WAY,
        "thanks_named": _THANKS_NAMED,
        "thanks": _THANKS,
    }
)


def say(state: OnboardingState, words: str) -> str:
    """Return a sentence above in the language in which the person is asked."""
    return WORDS.said(words, state.language)


def consent_wording(language: str) -> str:
    """Return the name of the wording in which consent is asked for in a language."""
    return f"{CONSENT_WORDING}-{tongue_of(language)}" if tongue_of(language) in TABLES else CONSENT_WORDING


def welcome(medium: Medium, language: str = "") -> str:
    """Return who we are and what follows, with the words that a first text must contain."""
    return WORDS.said(_WELCOME[medium], language)


def ask(state: OnboardingState, medium: Medium = Medium.TEXT) -> str:
    """Return the open question, worded for the medium; blank when none is open."""
    match state.question:
        case Question.NAME:
            return say(state, _NAME)
        case Question.LOCATION:
            return say(state, _LOCATION)
        case Question.VOICE:
            return _voice_question(state, medium)
        case Question.CONSENT:
            return say(state, _CONSENT[medium])
        case Question.VERIFICATION:
            return say(state, _VERIFICATION[medium])
    return ""


def _voice_question(state: OnboardingState, medium: Medium) -> str:
    names = [voice.name for voice in state.voices]
    if medium is Medium.CALL:
        listed = say(state, _OR).join(filter(None, [", ".join(names[:-1]), names[-1]]))
    else:
        listed = ", ".join(f"{number} {name}" for number, name in enumerate(names, start=1))
    return say(state, _VOICE_QUESTION[medium]).format(voices=listed)


def by_the_way(question: str, language: str = "") -> str:
    """Return a question as it follows the answer to something else."""
    if not question:
        return ""
    first = next((place for place, sign in enumerate(question) if sign.isalpha()), 0)
    small = f"{question[:first]}{question[first].lower()}{question[first + 1 :]}"
    return WORDS.said(_BY_THE_WAY, language).format(question=small)


def not_taken(question: Question, language: str = "") -> str:
    """Return why an answer could not be taken."""
    return WORDS.said(_NOT_TAKEN[question], language)


def code_refused(retry_after_s: float, language: str = "") -> str:
    """Return why no code comes, and when to ask for one."""
    name = "minutes" if retry_after_s <= 3600 else "tomorrow" if retry_after_s > 6 * 3600 else "hours"
    when = WORDS.said(_WHEN[name], language).format(minutes=max(2, round(retry_after_s / 60)))
    return WORDS.said(CODE_REFUSED, language).format(when=when)


def code_not_again_yet(text: str, language: str = "") -> str:
    """Return the text without its promise to send or read out a code at once, which is kept a minute later only."""
    for promised, kept in ((CODE_AGAIN, CODE_SENT_JUST_NOW), (CODE_BY_CALL, CODE_CALL_SOON)):
        text = text.replace(WORDS.said(promised, language), WORDS.said(kept, language))
    return text


def thanks(first_name: str, language: str = "") -> str:
    """Return the thanks for a name; blank where only a last name was told."""
    named = WORDS.said(_THANKS_NAMED, language).format(name=first_name)
    return named if first_name else WORDS.said(_THANKS, language)


def questions_asked(question: Question) -> list[str]:
    """Return a question of a text in every language in which it may have been asked."""
    return [ask(OnboardingState(question=question, language=each)) for each in ("", *TABLES)]
