"""What the onboarding says that it, or somebody, will do, and what keeps it."""

from collections.abc import Callable
from dataclasses import replace

from tests.services.promises.kept import Kept
from voicebot.domain.onboarding import flow
from voicebot.domain.onboarding.state import Medium, OnboardingState, Question
from voicebot.domain.person.effects import StartVerification

ASKED_FOR_CODE = replace(
    flow.begin(OnboardingState(), ()).state,
    first_name="Lea",
    code_sent=True,
    question=Question.VERIFICATION,
)


def code_after(
    *answers: str, state: OnboardingState = ASKED_FOR_CODE, by: str = "sms", medium: Medium = Medium.TEXT
) -> Callable[[Kept], None]:
    """Make the keeper of a code that comes once the last of these answers is given."""

    def keeper(_house: Kept) -> None:
        standing, effects = state, ()
        for words in answers:
            turn = flow.answer(standing, words, medium)
            standing, effects = turn.state, turn.effects
        assert StartVerification(by) in effects

    return keeper


def onboarding_goes_on(house: Kept) -> None:
    del house
    later = flow.answer(ASKED_FOR_CODE, "later").state
    assert StartVerification("sms") in flow.answer(later, "continue").effects
    stopped = flow.stop(ASKED_FOR_CODE).state
    assert flow.answer(stopped, "continue").state.running


def never_asked_again(house: Kept) -> None:
    del house
    refused = flow.answer(ASKED_FOR_CODE, "I don't want this").state
    assert not refused.running
    assert [flow.remind(refused, number).reply for number in (1, 2)] == ["", ""]


LAST_QUESTION = replace(ASKED_FOR_CODE, code_sent=False, question=Question.CONSENT)
ONBOARDING: dict[str, tuple[Callable[[Kept], None], ...]] = {
    "Last step: I am texting you a code, to make sure that this number is yours.": (code_after("no", state=LAST_QUESTION),),
    "Last step: I am sending you a text with a code, to make sure that the number is yours.": (
        code_after("no", state=LAST_QUESTION, medium=Medium.CALL),
    ),
    "NEW CODE gets you another, CALL ME reads it to you.": (code_after("new code"), code_after("call me", by="call")),
    "It is on its way again.": (code_after("new code"),),
    "I am calling you with the code.": (code_after("call me", by="call"),),
    "Reply CALL ME in a minute, and I call you with it.": (code_after("call me", by="call"),),
    "I am sending it anew.": (code_after("[code]"),),
    "Only your number is left to be verified: reply NEW CODE when you have a minute, and I text you a code.": (
        code_after("new code"),
    ),
    "I have sent you all the codes that I may for now.": (code_after("new code"),),
    "Text me CODE {when}, and we finish this.": (code_after("code"),),
    "Text me CODE tomorrow and we finish this.": (code_after("code"), code_after("later", "code")),
    "Say CONTINUE whenever you like, and we go on where we stopped.": (onboarding_goes_on,),
    "Ask me anything; say CONTINUE, and we finish setting you up.": (onboarding_goes_on,),
    "That is fine, I will not ask again.": (never_asked_again,),
}  # fmt: skip
