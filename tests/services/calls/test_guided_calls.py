"""Onboarding by telephone over the real database: to its end, dropped and gone on by text, and nothing told to strangers."""

from collections.abc import Callable, Iterator

import pytest

from tests.services.calls.guided_caller import (
    Caller,
    code_sent,
    guiding,
    no_texts,
    profile,
    spoken,
    up_to_the_code,
)
from tests.services.texts.text_house import OURS, Connection, answer_all, onboarded, outgoing, somebody, texts
from tests.services.verification.verification_desk import another, code_of
from tests.support.providers import ScriptedModel
from voicebot.domain.call.events import KeyPressed, SilencePassed
from voicebot.runtime import Runtime

pytestmark = pytest.mark.sql
__all__ = ["guiding", "no_texts"]

ATTESTED = "TN-Validation-Passed-A"


# --- a whole onboarding ---------------------------------------------------------------------------


def test_a_caller_is_onboarded_with_the_code_by_voice(
    guiding: Runtime, owner: Connection, model: ScriptedModel
):
    number = somebody()
    caller = Caller(guiding, number)

    up_to_the_code(caller)
    code = code_sent(guiding, number)
    caller.says(another(code))
    assert not profile(owner, number)["proven"]
    caller.says(" ".join(code))

    known = profile(owner, number)
    assert (known["first_name"], known["last_name"], known["location"]) == ("Ann", "Smith", "Boston")
    assert owner.execute(
        "select voice_preference from public.preferences where user_id = %s", [known["user_id"]]
    ).fetchone() == ("voice-brian",)
    assert (known["onboarding_status"], known["proven"]) == ("completed", True)
    assert model.requests == []
    assert spoken(owner, caller)[-1].endswith("You can text or call me at any time.")
    # Neither the right code nor the wrong one stands in the transcript.
    assert spoken(owner, caller, "caller")[-2:] == ["[code]", "[code]"]


def test_a_caller_of_a_german_house_is_offered_german_voices_and_answers_in_german(
    make_runtime: Callable[..., Runtime], runtime: Runtime, owner: Connection, model: ScriptedModel
):
    """No template names a language, and neither does the caller: that of the house is left."""
    german = {"onboarding": "all", "home_language": "de-DE"}
    house, number = make_runtime(settings=runtime.settings.model_copy(update=german)), somebody()
    owner.execute(
        """insert into public.voice_options (provider_id, voice_id, name, language)
           select p.id, v.id, v.name, 'de-DE'
             from (select id from public.call_service_providers limit 1) p,
                  (values ('voice-greta', 'Greta'), ('voice-jonas', 'Jonas')) v (id, name)"""
    )

    caller = Caller(house, number)
    owner.execute("delete from public.voice_options where voice_id in ('voice-greta', 'voice-jonas')")
    for words in ("Ich heiße Anna Schmidt", "Ich wohne in Wien", "die zweite bitte", "ja gerne"):
        caller.says(words)
    code_sent(house, number)

    said = spoken(owner, caller)
    known = profile(owner, number)
    assert "Welche Stimme soll ich am Telefon haben: Greta oder Jonas?" in said[-3]
    assert (known["first_name"], known["location"]) == ("Anna", "Wien")
    assert "ist notiert" in said[-1]
    assert model.requests == []
    assert owner.execute(
        "select state from public.consents where phone_number = %s and purpose = 'marketing'", [number]
    ).fetchall() == [("granted",)]


def test_the_consent_stands_as_given_in_the_call(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = Caller(guiding, number)

    up_to_the_code(caller)

    assert owner.execute(
        "select purpose, state, channel, source_sid from public.consents where phone_number = %s", [number]
    ).fetchall() == [("marketing", "granted", "call", caller.sid)]


def test_a_yes_to_something_else_is_no_consent(guiding: Runtime, owner: Connection, model: ScriptedModel):
    number = somebody()
    caller = Caller(guiding, number)
    for words in ("Ann Smith", "Boston", "skip"):
        caller.says(words)
    model.scripts = [["Yes, on Sundays too. ", "Do you want to come?"], ["Good."]]

    caller.does(SilencePassed())
    assert spoken(owner, caller)[-1].startswith("May we also text or call you")
    caller.says("Are you open on Sunday?")
    caller.does(KeyPressed("0"))
    caller.says("Yes")

    assert owner.execute("select from public.consents where phone_number = %s", [number]).fetchall() == []


def test_a_repeated_turn_keeps_everything_once(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = Caller(guiding, number)
    up_to_the_code(caller)

    caller.turn -= 1
    caller.says("I agree")

    assert owner.execute(
        "select count(*) from public.consents where phone_number = %s", [number]
    ).fetchone() == (1,)


def test_a_question_in_between_is_answered_and_the_open_one_asked_again(
    guiding: Runtime, owner: Connection, model: ScriptedModel
):
    caller = Caller(guiding, somebody())
    model.scripts = [["We open at nine."]]

    caller.says("When do you open?")

    assert spoken(owner, caller)[-2:] == ["We open at nine.", "By the way, what is your name?"]
    assert "open question is asked again" in str(model.requests[0].messages[0]["content"])


# --- who is guided --------------------------------------------------------------------------------


@pytest.fixture
def line_asks(owner: Connection) -> Iterator[Callable[[str | None], None]]:
    """Have our number's template say who is asked."""
    owner.execute(
        """with template as (
               insert into public.call_templates (name) values ('guided line') returning id)
           insert into public.provider_phone_numbers (
               full_number, country_code, area_code, phone_number, is_active, template_id, provider_id)
           select %s, '1', '202', '5550100', true, template.id, (select id from public.call_service_providers limit 1)
             from template""",
        [OURS],
    )

    def asks(wish: str | None) -> None:
        owner.execute("update public.call_templates set onboarding = %s where name = 'guided line'", [wish])
        owner.execute(
            "select public.publish_template(id, revision) from public.call_templates where name = 'guided line'"
        )

    yield asks
    owner.execute(
        "update public.call_history set phone_number_id = null, template_id = null, template_version_id = null"
    )
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])
    owner.execute("delete from public.call_templates where name = 'guided line'")


@pytest.mark.parametrize(
    ("setting", "wish", "texts_ask", "calls_ask"),
    [
        ("none", None, False, False),
        ("texts", None, True, False),
        ("all", None, True, True),
        ("none", "all", True, True),
        ("all", "none", False, False),
        ("all", "texts", True, False),
    ],
)
def test_the_template_of_the_dialled_number_wins_over_the_setting(
    make_runtime, runtime, owner, line_asks, model, setting, wish, texts_ask, calls_ask
):
    line_asks(wish)
    service = make_runtime(settings=runtime.settings.model_copy(update={"onboarding": setting}))
    texter, number = somebody(), somebody()

    texts(service, texter, "Hello")
    answer_all(service)
    caller = Caller(service, number)

    assert ("What is your name?" in str([row["content"] for row in outgoing(owner, texter)])) is texts_ask
    assert ("What is your name?" in str(spoken(owner, caller))) is calls_ask
    assert len(model.requests) == (0 if texts_ask else 1)


# --- what a caller may hear -----------------------------------------------------------------------

SECRETS = ("Zebulon", "Quagmire", "Timbuktu", "canary in a text", "canary in a summary")


@pytest.fixture
def somebody_known(guiding: Runtime, owner: Connection) -> str:
    """Somebody whose number is proven, with a name, a place, a text and a call before."""
    number = somebody()
    onboarded(
        guiding, owner, number, verified=True, first_name="Zebulon", last_name="Quagmire", location="Timbuktu"
    )
    texts(guiding, number, "canary in a text")
    earlier = Caller(guiding, number)
    earlier.hangs_up()
    owner.execute(
        "update public.call_history set summary = 'canary in a summary' where call_sid = %s", [earlier.sid]
    )
    return number


def given_to_the_model(model: ScriptedModel) -> str:
    return str([request.messages for request in model.requests])


@pytest.mark.parametrize(
    "verstat",
    [
        None,
        "No-TN-Validation",
        "TN-Validation-Passed-B",
        "TN-Validation-Passed-A-Diverted",
        "TN-Validation-Failed-A",
    ],
)
def test_a_caller_who_only_shows_the_number_learns_nothing(
    guiding: Runtime, owner: Connection, model: ScriptedModel, somebody_known: str, verstat: str | None
):
    caller = Caller(guiding, somebody_known, verstat=verstat)
    caller.says("Who am I, and what did we text about?")

    assert len(model.requests) == 1
    given = given_to_the_model(model) + str(spoken(owner, caller))
    assert [secret for secret in SECRETS if secret in given] == []


def test_with_the_carriers_word_for_it_the_proven_caller_is_known(
    guiding: Runtime, model: ScriptedModel, somebody_known: str
):
    caller = Caller(guiding, somebody_known, verstat=ATTESTED)
    caller.says("Who am I, and what did we text about?")

    assert [secret for secret in SECRETS if secret not in given_to_the_model(model)] == []


def test_the_carriers_word_alone_is_worth_nothing(
    guiding: Runtime, owner: Connection, model: ScriptedModel, somebody_known: str
):
    owner.execute("update public.phone_links set verified = false where phone_number = %s", [somebody_known])

    caller = Caller(guiding, somebody_known, verstat=ATTESTED)
    caller.says("Who am I?")

    assert [secret for secret in SECRETS if secret in given_to_the_model(model)] == []


def test_a_code_given_in_this_very_call_opens_what_was_said_elsewhere(
    guiding: Runtime, model: ScriptedModel, somebody_known: str
):
    from voicebot.services.verification import verify_phone

    caller = Caller(guiding, somebody_known)
    verify_phone.start(guiding, somebody_known, "sms", purpose="call")
    caller.says(code_of(guiding, somebody_known, "call"))
    caller.says("Who am I?")

    assert [secret for secret in SECRETS if secret not in given_to_the_model(model)] == []


def test_a_name_told_by_text_is_never_spoken_to_a_caller_who_is_not_verified(
    guiding: Runtime, owner: Connection, model: ScriptedModel
):
    number = somebody()
    for words in ("Hello", "Zebulon Quagmire", "Timbuktu"):
        texts(guiding, number, words)
        answer_all(guiding)

    caller = Caller(guiding, number, verstat=ATTESTED)
    for words in ("skip", "no", "What is my name?", "back", "back", "back"):
        caller.says(words)
    code_sent(guiding, number)

    given = given_to_the_model(model) + str(spoken(owner, caller))
    assert [secret for secret in SECRETS if secret in given] == []


def test_a_proven_persons_answers_are_not_changed_by_who_only_shows_the_number(
    guiding: Runtime, owner: Connection
):
    number = somebody()
    onboarded(guiding, owner, number, verified=True, onboarding_status="pending", first_name="Zebulon")

    stranger = Caller(guiding, number, verstat="TN-Validation-Passed-C")
    stranger.says("My name is Mallory")
    owner_calls = Caller(guiding, number, verstat=ATTESTED)

    assert profile(owner, number)["first_name"] == "Zebulon"
    assert "Welcome!" not in str(spoken(owner, stranger))
    assert "Which city" in spoken(owner, owner_calls)[-1]
