"""What the bot asks decides how long a pause ends the answer."""

from dataclasses import replace

import pytest

from voicebot.domain.call.actions import Listen
from voicebot.domain.call.events import CallerSaid, CallStarted, ModelFinished, SentenceReady
from voicebot.domain.call.flow import new_call, step
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.turn_taking.asked import kind_of_question, what_is_asked
from voicebot.domain.call.turn_taking.pauses import Asked, Pauses
from voicebot.domain.onboarding.state import OnboardingPhase, OnboardingState, Question

YES_OR_NO = """
Is that right?
I have you down for Tuesday at nine. Is that correct?
Shall I book it for you?
Would you like me to send you a text?
Great, and do you still want the red one?
Your name is Maria Lopez, right?
Does the bicycle still squeak?
Is it about the address on your order?
Are you the owner?
Okay, so you want to cancel. Yes or no?
¿Es el martes a las nueve, correcto?
Sie kommen um neun, richtig?
C'est bien mardi, d'accord?
É na terça-feira, certo?
È martedì alle nove, giusto?
La bicicletta è rossa, va bene?
"""
DICTATED = """
What is your phone number?
And your name, please?
Could you tell me your phone number?
Can I have your name?
May I have the order number, digit by digit?
Please tell me your address.
Could you spell that for me?
How do you spell your last name?
Please spell it.
Which street and number do you live at?
What's the best email to reach you at?
And your date of birth?
What's your zip code?
You can say or key in the code. What is the code?
Would you like to leave a message? Please leave it now.
¿Cuál es su número de teléfono?
¿Me puede dar su dirección?
Quel est votre nom ?
Wie ist Ihre Telefonnummer?
Können Sie mir Ihren Nachnamen sagen?
Qual é o seu endereço?
Qual è il suo numero di telefono?
Mi può dire il suo cognome?
Qual è il suo indirizzo?
Vuole lasciare un messaggio?
"""
OPEN = """
Hello! How can I help you?
What can I do for you?
Can I help you with something else?
Could you tell me what happened?
Is there anything else I can do for you?
Would Tuesday or Wednesday suit you?
Is it the front wheel or the back one?
When would you like to come?
We are open from nine to six.
All right.
I have your number.
Your order number is four one five.
Why is that?
Wann möchten Sie kommen?
Quando vuole venire?
Come posso aiutarla?
...
?
"""


@pytest.mark.parametrize(
    ("kind", "lines"),
    [(Asked.YES_OR_NO, YES_OR_NO), (Asked.DICTATED, DICTATED), (Asked.OPEN, OPEN)],
    ids=["yes or no", "dictated", "open"],
)
def test_the_last_sentence_says_what_kind_of_answer_is_wanted(kind, lines):
    asked = {words: kind_of_question(words) for words in lines.strip().splitlines()}

    assert {words: found for words, found in asked.items() if found is not kind} == {}


def listening(words, setup=None):
    """What the line is told after the bot has said these words."""
    state, _ = step(new_call(setup or CallSetup(greeting="Hello.")), CallStarted())
    state, _ = step(state, CallerSaid("Hi.", 0.9))
    state, _ = step(state, SentenceReady(state.gen, 0, words))
    _, actions = step(state, ModelFinished(state.gen))
    return next(action for action in actions if isinstance(action, Listen))


def test_a_yes_is_waited_for_shorter_and_a_number_longer_than_anything_else():
    waits = [listening(words).pause_s for words in ("Is that right?", "What happened?", "Your number?")]

    assert waits == [1, 2, 3]


def test_a_template_may_say_how_long():
    setup = CallSetup(greeting="Hello.", pauses=Pauses(yes_or_no=2, open=4, dictated=6))

    assert [listening(words, setup).pause_s for words in ("Is that right?", "Why?", "Your number?")] == [
        2,
        4,
        6,
    ]


def test_the_greeting_is_a_question_too():
    _, actions = step(new_call(CallSetup(greeting="May I have your order number?")), CallStarted())

    assert [action.pause_s for action in actions if isinstance(action, Listen)] == [3]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        (Question.NAME, Asked.DICTATED),
        (Question.LOCATION, Asked.DICTATED),
        (Question.VOICE, Asked.OPEN),
        (Question.CONSENT, Asked.YES_OR_NO),
        (Question.VERIFICATION, Asked.DICTATED),
    ],
)
def test_our_own_questions_are_known(question, kind):
    onboarding = OnboardingState(phase=OnboardingPhase.RUNNING, question=question)

    assert what_is_asked(new_call(CallSetup(), onboarding)) is kind


def test_a_code_or_a_message_comes_in_pieces():
    state, _ = step(new_call(CallSetup(greeting="Shall I go on?")), CallStarted())

    assert what_is_asked(state) is Asked.YES_OR_NO
    assert what_is_asked(replace(state, expecting_code=True)) is Asked.DICTATED
    assert what_is_asked(replace(state, taking_message=True)) is Asked.DICTATED


def test_a_call_that_began_before_pauses_could_be_chosen_goes_on_with_the_usual_ones():
    written = CallSetup(pauses=Pauses(1, 2, 5)).to_json()

    assert CallSetup.from_json(written).pauses == Pauses(1, 2, 5)
    del written["pauses"]
    assert CallSetup.from_json(written).pauses == Pauses()
