"""Texts and delivery reports as Twilio posts them, signed as Twilio signs."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.services.texts.text_house import OURS, Connection, answer_all, empty, queue, rows, sid, somebody
from tests.support.accounts import with_carrier
from tests.support.apps import app_of
from tests.support.carriers import TextCarrier
from tests.support.examples import examples
from tests.vectors import TWILIO, read
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.texts.send import send_due_texts
from voicebot.settings import load_settings
from voicebot.storage.database import PostgresDatabase
from voicebot.wiring import build_runtime

pytestmark = pytest.mark.sql

PUBLIC_URL = "https://voice.example.com"
CASES = read(TWILIO / "http_forms.json")["messaging"]
INBOUND = [case for case in CASES if "Body" in case["form"]]
STATUSES = [case for case in CASES if "Body" not in case["form"]]


class Twilio:
    """Posts forms to the app as Twilio would."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._client = app_of(runtime).test_client()
        self._validator = RequestValidator(runtime.settings.twilio_auth_tokens[0])

    def posts(self, path: str, form: dict[str, str]) -> Any:
        form = {**form, "AccountSid": self.runtime.settings.twilio_account_sid}
        url = PUBLIC_URL + path.partition("#")[0]
        signature = self._validator.compute_signature(url, form)
        return self._client.post(path.partition("#")[0], data=form, headers={"X-Twilio-Signature": signature})

    def texts(self, sender: str, body: str, **more: str) -> Any:
        return self.posts("/twilio/sms", message(sender, body, **more))


def message(sender: str, body: str, **more: str) -> dict[str, str]:
    name = more.pop("MessageSid", sid())
    return {
        "MessageSid": name, "SmsSid": name, "SmsMessageSid": name, "AccountSid": "AC" + "0" * 32, "From": sender,
        "To": OURS, "Body": body, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
        "ApiVersion": "2010-04-01", **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def runtime(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = str(tmp_path_factory.mktemp("data"))
    settings = load_settings({"PUBLIC_URL": PUBLIC_URL, "VOICEBOT_DATA_DIR": folder})
    database = PostgresDatabase(dsn, max_size=4)
    yield build_runtime(settings, database)
    database.close()


@pytest.fixture(scope="module")
def twilio(runtime: Runtime) -> Twilio:
    return Twilio(runtime)


def row_of(owner: Connection, name: str) -> dict[str, Any]:
    found = owner.execute(
        "select to_jsonb(m) from public.sms_history m where m.message_sid = %s", [name]
    ).fetchone()
    assert found is not None
    return dict(found[0])


def test_a_text_is_answered_with_an_empty_document_and_stands_in_the_database(
    twilio: Twilio, owner: Connection
):
    number = somebody()

    answer = twilio.texts(number, "Hello")

    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert b"<Response/>" in answer.data
    assert [row["content"] for row in rows(owner, number)] == ["Hello"]


@pytest.mark.parametrize("case", INBOUND, ids=[case["id"] for case in INBOUND])
def test_recorded_texts_are_kept(twilio: Twilio, owner: Connection, case: dict[str, Any]):
    form = {**case["form"], "MessageSid": sid()}

    assert twilio.posts("/twilio/sms", form).status_code == 200

    row = row_of(owner, form["MessageSid"])
    assert (row["from_number"], row["to_number"]) == (form["From"], form["To"])
    assert len(row["media"]) == int(form["NumMedia"])
    assert row["channel"] == (
        "whatsapp" if form["From"].startswith("whatsapp:") else "mms" if row["media"] else "sms"
    )


@pytest.mark.parametrize("case", STATUSES, ids=[case["id"] for case in STATUSES])
def test_recorded_reports_are_kept(twilio: Twilio, case: dict[str, Any]):
    assert twilio.posts("/twilio/sms/status", case["form"]).status_code == 204


def test_what_whatsapp_tells_besides_is_kept(twilio: Twilio, owner: Connection):
    form = message("whatsapp:+12025550177", "", ProfileName="Ann", Latitude="1.5", Longitude="2.5")

    twilio.posts("/twilio/sms", form)

    details = row_of(owner, form["MessageSid"])["details"]
    assert (details["ProfileName"], details["Latitude"]) == ("Ann", "1.5")


def test_a_location_on_whatsapp_answers_the_question_for_a_place(
    twilio: Twilio, runtime: Runtime, owner: Connection
):
    number = somebody()
    sender = f"whatsapp:{number}"
    for body in ("Hello", "Dr. Jane Smith"):
        twilio.texts(sender, body, To=f"whatsapp:{OURS}")
        answer_all(runtime)

    pin = {
        "Latitude": "40.4168",
        "Longitude": "-3.7038",
        "Address": "Plaza Mayor 1, Madrid, Spain",
        "Label": "Home",
    }
    assert twilio.texts(sender, "", To=f"whatsapp:{OURS}", MessageType="location", **pin).status_code == 200
    answer_all(runtime)

    assert owner.execute(
        "select first_name, last_name, location from public.user_profiles where phone_number = %s", [number]
    ).fetchone() == ("Jane", "Smith", "Madrid, Spain")
    # The answers are nobody else's to send.
    empty(owner)


@pytest.mark.parametrize("count", ["-1", "", "many", "99999999999999999999", "3", "٣"])
def test_a_count_of_media_that_is_wrong_harms_nobody(twilio: Twilio, owner: Connection, count: str):
    form = message(somebody(), "", NumMedia=count, MediaUrl0="https://x/0", MediaContentType0="image/png")

    assert twilio.posts("/twilio/sms", form).status_code == 200

    assert len(row_of(owner, form["MessageSid"])["media"]) == 1


def test_no_more_than_ten_files_are_kept(twilio: Twilio, owner: Connection):
    form = message(
        somebody(), "", NumMedia="40", **{f"MediaUrl{place}": f"https://x/{place}" for place in range(40)}
    )

    twilio.posts("/twilio/sms", form)

    assert len(row_of(owner, form["MessageSid"])["media"]) == 10


@examples(0.6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.dictionaries(
        st.sampled_from(
            [
                "MessageSid",
                "From",
                "To",
                "Body",
                "NumMedia",
                "NumSegments",
                "MediaUrl0",
                "OptOutType",
                "ProfileName",
            ]
        ),
        st.text(max_size=60),
        max_size=9,
    )
)
def test_no_form_is_ever_answered_with_an_error(twilio: Twilio, form: dict[str, str]):
    form = {name: value.encode("utf-8", "ignore").decode() for name, value in form.items()}

    assert twilio.posts("/twilio/sms", form).status_code in (200, 403)
    assert twilio.posts("/twilio/sms/status?m=x", form).status_code in (204, 403)


def test_three_deliveries_of_one_text_are_one_text(twilio: Twilio, owner: Connection):
    number, name = somebody(), sid()

    statuses = [twilio.texts(number, "Hello", MessageSid=name).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert len(rows(owner, number)) == 1


def test_a_report_finds_its_text_by_our_id_before_its_name_is_known(twilio: Twilio, owner: Connection):
    number, carrier = somebody(), TextCarrier()
    carrier.script = [ProviderError("twilio", "timeout", Outcome.UNKNOWN)]
    sending = _with(twilio.runtime, carrier)
    queue(sending, number)
    send_due_texts(sending)
    path = carrier.taken[0].status_url.removeprefix(PUBLIC_URL)

    twilio.posts(path, {"MessageSid": carrier.messages[0].sid, "MessageStatus": "delivered"})

    [row] = rows(owner, number)
    assert (row["outbox_state"], row["status"], row["message_sid"]) == (
        "sent",
        "delivered",
        carrier.messages[0].sid,
    )


def test_all_orders_of_the_reports_end_alike(twilio: Twilio, owner: Connection):
    ends = set()
    for order in itertools.permutations(("queued", "sending", "sent", "delivered")):
        number, carrier = somebody(), TextCarrier()
        sending = _with(twilio.runtime, carrier)
        queue(sending, number)
        send_due_texts(sending)
        for status in (*order, order[0]):
            form = {"MessageSid": carrier.messages[0].sid, "MessageStatus": status}
            assert twilio.posts("/twilio/sms/status", form).status_code == 204
        ends.add(rows(owner, number)[0]["status"])

    assert ends == {"delivered"}


@pytest.mark.parametrize("end", ["delivered", "undelivered", "failed"])
def test_an_end_stays(twilio: Twilio, owner: Connection, end: str):
    number, carrier = somebody(), TextCarrier()
    sending = _with(twilio.runtime, carrier)
    queue(sending, number)
    send_due_texts(sending)
    name = carrier.messages[0].sid

    for status in (end, "sent", "queued"):
        twilio.posts(
            "/twilio/sms/status", {"MessageSid": name, "MessageStatus": status, "ErrorCode": "30003"}
        )

    assert rows(owner, number)[0]["status"] == end


def test_a_report_says_why_and_who_blocked_us_gets_nothing_more(twilio: Twilio, owner: Connection):
    number, carrier = somebody(), TextCarrier()
    sending = _with(twilio.runtime, carrier)
    queue(sending, number)
    send_due_texts(sending)
    form = {"MessageSid": carrier.messages[0].sid, "MessageStatus": "undelivered", "ErrorCode": "30004"}

    assert twilio.posts("/twilio/sms/status", form).status_code == 204

    queue(sending, number)
    assert send_due_texts(sending)
    assert [row["error_code"] for row in rows(owner, number)] == ["30004", "suppressed"]
    assert len(carrier.taken) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("Liked \u201cReply STOP for no more texts.\u201d", "reaction"),
        ("\u2764\ufe0f to \u201cReply STOP for no more texts.\u201d", "reaction"),
        ("> Reply STOP for no more texts.\nok", "conversation"),
        ("Reply STOP for no more texts.", "conversation"),
        ("Le ha gustado \u00abReply STOP for no more texts.\u00bb", "reaction"),
        ("I'll stop bothering you now, thanks!", "conversation"),
        ("Es reicht, wenn Sie morgen anrufen", "conversation"),
    ],
)
def test_our_own_words_come_back_and_nobody_is_cut_off(
    twilio: Twilio, owner: Connection, body: str, kind: str
):
    number, name = somebody(), sid()

    assert twilio.texts(number, body, MessageSid=name).status_code == 200

    assert row_of(owner, name)["kind"] == kind
    assert not twilio.runtime.database.call("is_suppressed", number=number)["suppressed"]


@pytest.mark.parametrize(
    "body",
    [
        "take me off your list",
        "no me llam\u00e9is",
        "ARRET",
        "Sair",
        "st\u043ep",
        "S\u200bTOP",
        "Bitte keine Nachrichten mehr",
        "no me escriban m\u00e1s",
    ],
)
def test_a_stop_that_the_carrier_does_not_count_is_ours_to_obey(twilio: Twilio, owner: Connection, body: str):
    number = somebody()

    twilio.texts(number, body)

    assert twilio.runtime.database.call("is_suppressed", number=number)["suppressed"]
    assert [row["kind"] for row in rows(owner, number, "outbound")] == ["confirmation"]
    owner.execute(
        "update public.sms_history set outbox_state = 'sent' where outbox_state = 'generated' and phone_number = %s",
        [number],
    )


@pytest.fixture
def cut_off(tmp_path: Path) -> Iterator[Twilio]:
    """A service that cannot reach its database."""
    settings = load_settings({"PUBLIC_URL": PUBLIC_URL, "VOICEBOT_DATA_DIR": str(tmp_path)})
    nowhere = PostgresDatabase(psycopg.conninfo.make_conninfo(host="/nonexistent", dbname="x"))
    yield Twilio(build_runtime(settings, nowhere))
    nowhere.close()


def test_without_the_database_a_text_waits_in_the_spool(cut_off: Twilio):
    cut_off.runtime.spool.probe()

    assert cut_off.texts(somebody(), "Hello").status_code == 200

    assert len(cut_off.runtime.spool.waiting()) == 1


def test_a_request_to_stop_waits_in_the_spool_and_is_not_held_up_by_the_question(cut_off: Twilio):
    cut_off.runtime.spool.probe()

    assert cut_off.texts(somebody(), "please stop texting me").status_code == 200

    assert len(cut_off.runtime.spool.waiting()) == 1


def test_what_may_be_a_code_waits_at_twilio(cut_off: Twilio):
    assert cut_off.texts(somebody(), "It is 123456").status_code == 503


def test_when_nothing_can_be_kept_the_carrier_is_told_to_come_again(cut_off: Twilio, tmp_path: Path):
    # A file where the folder should be: chmod would not stop root.
    (tmp_path / "spool").write_text("")

    assert cut_off.texts(somebody(), "Hello").status_code == 503
    form = {"MessageSid": sid(), "MessageStatus": "sent"}
    assert cut_off.posts("/twilio/sms/status", form).status_code == 503


def _with(runtime: Runtime, carrier: TextCarrier) -> Runtime:
    return with_carrier(runtime, messaging=carrier)
