"""Onboarding by telephone over the real database: to its end, dropped and gone on by text, and nothing told to strangers."""

from collections.abc import Callable, Iterator

import pytest

from tests.services.calls.guided_caller import Caller, profile, spoken
from tests.services.texts.text_house import (
    OURS,
    Connection,
    answer_all,
    empty,
    onboarded,
    outgoing,
    somebody,
    texts,
    thread,
)
from tests.services.verification.verification_desk import another, code_of
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import KeyPressed, SilencePassed
from voicebot.runtime import Runtime
from voicebot.services.onboarding.go_on import continue_onboarding
from voicebot.storage import blocks, suppressions
from voicebot.storage.verification import verifications

pytestmark = pytest.mark.sql

ATTESTED = "TN-Validation-Passed-A"


@pytest.fixture(autouse=True)
def no_texts(owner: Connection) -> Iterator[None]:
    empty(owner)
    owner.execute("delete from public.verification_counters")
    owner.execute(
        """insert into public.voice_options (provider_id, voice_id, name, language)
           select p.id, v.id, v.name, 'en-US'
             from (select id from public.call_service_providers limit 1) p,
                  (values ('voice-anna', 'Anna'), ('voice-brian', 'Brian')) v (id, name)
            where not exists (select from public.voice_options o where o.voice_id = v.id)"""
    )
    yield


@pytest.fixture
def guiding(make_runtime: Callable[..., Runtime], runtime: Runtime) -> Runtime:
    """A service that asks its callers, too."""
    return make_runtime(settings=runtime.settings.model_copy(update={"onboarding": "all"}))


def call_id(owner: Connection, caller: Caller) -> int:
    return int(
        owner.execute("select id from public.call_history where call_sid = %s", [caller.sid]).fetchone()[0]
    )


def jobs_of(owner: Connection, caller: Caller) -> int:
    return int(
        owner.execute(
            """select count(*) from jobs.procrastinate_jobs
                where task_name = 'continue_onboarding' and args ->> 'call_id' = %s""",
            [str(call_id(owner, caller))],
        ).fetchone()[0]
    )


def code_sent(runtime: Runtime, number: str) -> str:
    """The code, once the call has had it sent."""
    wait_for(lambda: verifications.running_verification(runtime.database, number, "call") is not None)
    return code_of(runtime, number, "call")


def up_to_the_code(caller: Caller) -> None:
    for words in ("My name is Ann Smith", "I live in Boston", "Brian, please", "I agree"):
        caller.says(words)
    # It is sent beside the call: not into the next test.
    code_sent(caller.runtime, caller.number)


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


# --- dropped, and gone on -------------------------------------------------------------------------


def dropped_after_the_name(runtime: Runtime, number: str) -> Caller:
    caller = Caller(runtime, number)
    caller.says("Ann Smith")
    caller.hangs_up()
    return caller


def test_a_dropped_call_goes_on_by_text_with_the_very_next_question_once(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    caller.hangs_up()

    assert jobs_of(owner, caller) == 1
    results = [continue_onboarding(guiding, call_id(owner, caller)) for _ in range(3)]

    assert results == ["started", "repeated", "repeated"]
    [row] = outgoing(owner, number)
    assert row["content"].endswith("Which city or region do you live in?")
    assert (row["kind"], row["from_number"]) == ("onboarding", OURS)
    assert profile(owner, number)["onboarding_status"] == "sms_sent"


def test_the_text_after_a_call_comes_from_the_number_that_was_called(
    make_runtime: Callable[..., Runtime], runtime: Runtime, owner: Connection
):
    changes = {"onboarding": "all", "twilio_phone_number": "+12025550142"}
    several = make_runtime(settings=runtime.settings.model_copy(update=changes))
    number = somebody()
    caller = dropped_after_the_name(several, number)

    assert continue_onboarding(several, call_id(owner, caller)) == "started"

    assert [row["from_number"] for row in outgoing(owner, number)] == [OURS]


@pytest.mark.parametrize("reason", ["bot_ended", "caller_ended", "transferred", "operator_ended"])
def test_a_call_that_was_taken_to_its_end_is_not_called_cut_off(
    guiding: Runtime, owner: Connection, reason: str
):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    owner.execute(
        "update public.call_history set end_reason = %s where id = %s", [reason, call_id(owner, caller)]
    )

    assert continue_onboarding(guiding, call_id(owner, caller)) is None
    assert outgoing(owner, number) == []


def test_the_answer_by_text_is_taken_where_the_call_stopped(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    continue_onboarding(guiding, call_id(owner, caller))

    texts(guiding, number, "Boston")
    answer_all(guiding)

    assert profile(owner, number)["location"] == "Boston"
    assert thread(owner, number)["state"]["onboarding"]["question"] in ("voice", "consent")


def test_calling_back_resumes_at_the_open_question(guiding: Runtime, owner: Connection):
    number = somebody()
    first = dropped_after_the_name(guiding, number)

    again = Caller(guiding, number)

    assert spoken(owner, again)[-1] == "Which city or region do you live in?"
    # On the phone again: the next question is asked there, and not by text.
    assert continue_onboarding(guiding, call_id(owner, first)) is None
    assert outgoing(owner, number) == []


def test_what_was_answered_by_text_is_not_asked_in_the_next_call(guiding: Runtime, owner: Connection):
    number = somebody()
    texts(guiding, number, "Hello")
    answer_all(guiding)
    texts(guiding, number, "Ann Smith")
    answer_all(guiding)

    caller = Caller(guiding, number)

    assert spoken(owner, caller)[-1] == "Which city or region do you live in?"


def test_who_said_stop_gets_no_text_after_the_call(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    texts(guiding, number, "STOP")

    assert continue_onboarding(guiding, call_id(owner, caller)) in ("suppressed", "busy")
    assert suppressions.is_suppressed(guiding.database, number)
    assert outgoing(owner, number) == []


def test_who_was_blocked_meanwhile_gets_no_text_after_the_call(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(guiding, number)
    caller.hangs_up()
    blocks.block_caller(guiding.database, number)

    assert continue_onboarding(guiding, call_id(owner, caller)) is None
    assert outgoing(owner, number) == []


@pytest.mark.parametrize("words", ["maybe later", "I don't want to answer any of this"])
def test_who_put_it_off_gets_no_text_after_the_call(guiding: Runtime, owner: Connection, words: str):
    caller = Caller(guiding, somebody())
    caller.says(words)
    caller.hangs_up()

    assert jobs_of(owner, caller) == 0
    assert continue_onboarding(guiding, call_id(owner, caller)) is None


def test_who_wants_no_questions_is_asked_none_in_the_next_call(guiding: Runtime, owner: Connection):
    number = somebody()
    caller = Caller(guiding, number)
    caller.says("I don't want to answer any of this")

    again = Caller(guiding, number)

    assert spoken(owner, again) == ["Hello. How can I help you?"]


def test_who_said_stop_before_anything_was_asked_is_asked_nothing_in_a_call(
    guiding: Runtime, owner: Connection
):
    number = somebody()
    texts(guiding, number, "STOP")

    caller = Caller(guiding, number)

    assert spoken(owner, caller) == ["Hello. How can I help you?"]


def test_a_call_that_asks_nothing_leads_to_no_text(runtime: Runtime, owner: Connection):
    number = somebody()
    caller = dropped_after_the_name(runtime, number)

    assert spoken(owner, caller)[0] == "Hello. How can I help you?"
    assert jobs_of(owner, caller) == 0


def test_a_turn_that_is_kept_after_the_end_of_the_call_still_leads_to_the_text(
    guiding: Runtime, owner: Connection
):
    number = somebody()
    caller = Caller(guiding, number)
    caller.says("maybe later")
    caller.hangs_up()
    assert jobs_of(owner, caller) == 0
    # Said before the end, and answered only now.
    caller.says("continue")

    assert jobs_of(owner, caller) == 1
    assert continue_onboarding(guiding, call_id(owner, caller)) == "started"


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
