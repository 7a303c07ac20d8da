"""Codes that the carrier's own service makes, sends and checks in our place."""

import uuid
from datetime import UTC, datetime

import pytest

from tests.services.verification.verification_desk import let_pass, new_number, queued, take_code
from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.domain.texts.reports import InboundText
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.texts.receive import receive
from voicebot.services.verification import verify_phone
from voicebot.services.verification.send_by_carrier import send_verifications
from voicebot.storage.verification import sends, verifications

pytestmark = pytest.mark.sql


def is_marked(owner, number):
    return owner.execute(
        "select verified from public.phone_links where phone_number = %s", [number]
    ).fetchone() == (True,)


class Verifier:
    """Knows one code, and fails when told to."""

    def __init__(self) -> None:
        self.languages: list[str] = []
        self.sent, self.asked, self.failure, self.check_failure = [], [], None, None

    def send_code(self, to, channel, language=""):
        if self.failure:
            raise self.failure
        self.languages.append(language)
        self.sent.append((to, channel))
        return "VE" + "0" * 32

    def is_right(self, to, code):
        self.asked.append(code)
        if self.check_failure:
            raise self.check_failure
        return code == "482913"


@pytest.fixture
def verify(make_runtime):
    runtime = make_runtime(verifier=Verifier())
    return runtime, runtime.carriers.main.verifier


def drain(runtime):
    while send_verifications(runtime):
        pass


def test_the_carriers_service_sends_the_code_in_our_place(verify, owner, number):
    runtime, verifier = verify
    drain(runtime)
    verifier.sent.clear()

    verify_phone.start(runtime, number, "call")
    drain(runtime)

    assert verifier.sent == [(number, "call")]
    assert queued(owner, number) == []
    assert verify_phone.check(runtime, number, "482913").outcome == "approved"
    assert is_marked(owner, number)


def test_the_carriers_service_is_told_the_language_of_the_person_or_of_the_house(
    make_runtime, verify, number
):
    english, verifier = verify
    german = make_runtime(
        verifier=verifier,
        settings=english.settings.model_copy(update={"home_language": "de-DE"}),
        database=english.database,
    )
    drain(english)
    verifier.languages.clear()

    for runtime, language in ((english, "it-IT"), (english, ""), (german, "")):
        verify_phone.start(runtime, new_number(), "sms", language=language)
        drain(runtime)

    assert verifier.languages == ["it-IT", "", "de-DE"]


def test_the_carriers_service_is_asked_five_times_and_no_more(verify, number):
    runtime, verifier = verify
    verify_phone.start(runtime, number, "sms")

    came = [verify_phone.check(runtime, number, "111111").outcome for _ in range(7)]

    assert came == ["wrong"] * 5 + ["limited"] * 2
    assert verifier.asked == ["111111"] * 5


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.REFUSED, "failed"), (Outcome.UNKNOWN, "unknown"), (Outcome.NOT_SENT, "generated")],
)
def test_what_the_carriers_service_did_not_do_is_repeated_only_when_it_was_not_sent(
    verify, owner, number, outcome, state
):
    runtime, verifier = verify
    drain(runtime)
    verifier.sent.clear()
    verifier.failure = ProviderError("twilio", "x", outcome)
    asked = verify_phone.start(runtime, number, "sms")

    drain(runtime)
    verifier.failure = None
    owner.execute("update public.verification_sends set not_before = now()")
    drain(runtime)

    rows = owner.execute(
        "select state from public.verification_sends where verification_id = %s", [asked.id]
    ).fetchall()
    assert rows == [("sent" if state == "generated" else state,)]
    assert len(verifier.sent) == (1 if state == "generated" else 0)


def test_a_request_that_the_service_is_never_asked_for_is_given_up_after_twelve_tries(verify, owner, number):
    runtime, verifier = verify
    drain(runtime)
    verifier.failure = ProviderError("twilio", "unreachable", Outcome.NOT_SENT)
    asked = verify_phone.start(runtime, number, "sms")

    for _ in range(13):
        owner.execute("update public.verification_sends set not_before = now()")
        send_verifications(runtime)

    assert state_of(owner, asked) == ("failed", "unreachable")


def test_words_are_no_code_of_the_carriers_and_it_is_not_asked(verify, number):
    runtime, verifier = verify
    verify_phone.start(runtime, number, "sms")

    assert verify_phone.check(runtime, number, "amber falcon").outcome == "wrong"
    assert verifier.asked == []


def test_a_code_that_the_service_found_right_is_not_held_against_the_number(verify, owner, number):
    """Before the service is asked it counts as wrong: who proves their phone again and again must not be locked."""
    runtime, _ = verify
    verify_phone.start(runtime, number, "sms")
    verify_phone.check(runtime, number, "111111")

    assert verify_phone.check(runtime, number, "482913").outcome == "approved"

    (fails,) = owner.execute(
        "select used from public.verification_counters where action = 'fail' and subject = %s", [number]
    ).fetchone()
    assert fails == 1


@pytest.mark.parametrize("how", ["used", "ran out"])
def test_what_the_service_says_of_a_code_that_is_over_by_then_approves_nobody(verify, owner, number, how):
    runtime, _ = verify
    asked = verify_phone.start(runtime, number, "sms")
    if how == "used":
        assert verifications.confirm_verification(runtime.database, asked.id).outcome == "approved"
    else:
        let_pass(owner, number, 601)

    assert verifications.confirm_verification(runtime.database, asked.id).outcome == "wrong"
    assert is_marked(owner, number) is (how == "used")


def test_a_request_whose_claimer_died_may_have_been_sent_and_is_not_repeated(verify, owner, number):
    runtime, verifier = verify
    drain(runtime)
    verifier.sent.clear()
    asked, token = verify_phone.start(runtime, number, "sms"), uuid.uuid4()
    sends.claim_verification_sends(runtime.database, token=token, lease_s=0.0, batch=4)

    drain(runtime)

    assert verifier.sent == []
    assert state_of(owner, asked) == ("unknown", "claim_ran_out")


def test_who_lost_the_claim_of_a_request_finishes_nothing(verify, owner, number):
    runtime, _ = verify
    drain(runtime)
    asked, token = verify_phone.start(runtime, number, "sms"), uuid.uuid4()
    [send] = sends.claim_verification_sends(runtime.database, token=token, lease_s=60.0, batch=4)

    refused, sent = Handover(HandoverOutcome.REFUSED), Handover(HandoverOutcome.SENT)
    for other, handover in ((uuid.uuid4(), refused), (token, sent), (token, refused)):
        sends.finish_verification_send(runtime.database, send.send_id, token=other, handover=handover)

    assert state_of(owner, asked) == ("sent", None)


def test_a_code_in_a_text_is_asked_of_the_carriers_service(verify, number):
    runtime, _ = verify
    verify_phone.start(runtime, number, "sms")

    assert take_code(runtime, number, "482 913").outcome == "approved"


# --- between asking and sending ----------------------------------------------------------------------


def state_of(owner, asked):
    return owner.execute(
        "select state, error from public.verification_sends where verification_id = %s", [asked.id]
    ).fetchone()


def test_who_said_stop_after_asking_is_sent_nothing(verify, owner, number):
    runtime, verifier = verify
    drain(runtime)
    verifier.sent.clear()
    asked = verify_phone.start(runtime, number, "sms")
    runtime.database.call("suppress", number=number, scope="all", reason="STOP")

    drain(runtime)

    assert verifier.sent == []
    assert state_of(owner, asked) == ("failed", "suppressed")


@pytest.mark.parametrize("how", ["it ran out", "it was tried too often", "it was used"])
def test_a_code_that_is_over_before_it_was_sent_is_not_sent(verify, owner, number, how):
    runtime, verifier = verify
    drain(runtime)
    verifier.sent.clear()
    asked = verify_phone.start(runtime, number, "sms")
    if how == "it ran out":
        let_pass(owner, number, 601)
    for code in {"it was tried too often": ["111111"] * 5, "it was used": ["482913"]}.get(how, []):
        verify_phone.check(runtime, number, code)

    drain(runtime)

    assert verifier.sent == []
    assert state_of(owner, asked) == ("failed", "code_over")


def test_a_country_that_was_taken_off_the_list_after_asking_is_sent_nothing(
    make_runtime, verify, owner, number
):
    runtime, verifier = verify
    drain(runtime)
    verifier.sent.clear()
    asked = verify_phone.start(runtime, number, "sms")
    narrower = runtime.settings.model_copy(update={"allowed_countries": ("GB",)})

    drain(make_runtime(verifier=verifier, settings=narrower))

    assert verifier.sent == []
    assert state_of(owner, asked) == ("failed", "not_allowed")


# --- codes in texts ------------------------------------------------------------------------------------


def text_from(runtime, number, body, sid=None):
    said = InboundText(
        message_sid=sid or f"SM{uuid.uuid4().hex}", account_sid="AC1", channel="sms", from_number=number,
        to_number=runtime.settings.twilio_phone_number, content=body, observed_at=datetime.now(UTC),
    )  # fmt: skip
    return receive(runtime, said)


def kept(owner, number):
    return owner.execute(
        """select content, code_outcome from public.sms_history
            where direction = 'inbound' and from_number = %s order by id""",
        [number],
    ).fetchall()


def test_a_text_is_not_lost_when_the_service_cannot_be_asked(verify, owner, number):
    runtime, verifier = verify
    verify_phone.start(runtime, number, "sms")
    verifier.check_failure = ProviderError("twilio", "timeout", Outcome.UNKNOWN)

    assert text_from(runtime, number, "it is 482913") == "stored"

    assert kept(owner, number) == [("it is [code]", "wrong")]
    assert not is_marked(owner, number)


def test_texts_have_the_service_asked_five_times_and_no_more(verify, number):
    runtime, verifier = verify
    verify_phone.start(runtime, number, "sms")

    for _ in range(8):
        text_from(runtime, number, "111111")

    assert verifier.asked == ["111111"] * 5


def test_a_code_that_was_used_is_hidden_when_it_is_sent_again_and_other_numbers_are_not(
    verify, owner, number
):
    runtime, _ = verify
    verify_phone.start(runtime, number, "sms")
    text_from(runtime, number, "482913")

    text_from(runtime, number, "was 482913 right? I live at 1600 Main St")

    assert kept(owner, number) == [("[code]", "approved"), ("was [code] right? I live at 1600 Main St", None)]


def test_a_text_that_is_told_twice_at_once_earns_its_mark_though_the_service_says_yes_once(
    verify, owner, number, monkeypatch
):
    """The one that heard yes comes second to the database."""
    runtime, verifier = verify
    verify_phone.start(runtime, number, "sms")
    sid, right = f"SM{uuid.uuid4().hex}", verifier.is_right

    def overtaken(to, code):
        monkeypatch.setattr(verifier, "is_right", lambda to, code: False)
        assert text_from(runtime, number, "482913", sid) == "stored"
        return right(to, code)

    monkeypatch.setattr(verifier, "is_right", overtaken)

    assert text_from(runtime, number, "482913", sid) == "duplicate"

    assert is_marked(owner, number)
