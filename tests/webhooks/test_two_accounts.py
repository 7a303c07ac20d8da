"""Two accounts post to one service: each about its own calls, whatever it signs."""

from typing import Any
from uuid import uuid4

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.services.texts.text_house import Connection
from tests.support.people import OURS
from tests.webhooks.conftest import CALLER, Sender, encoded
from voicebot.domain.dialling.provider import ProviderKind
from voicebot.limits import CarrierLimits
from voicebot.providers.carriers import Carriers
from voicebot.services.dialling.providers import NewProvider, add_provider, change_provider
from voicebot.wiring import StoredAccounts

pytestmark = pytest.mark.sql
OTHER, TOKEN = f"AC{uuid4().hex}", uuid4().hex


@pytest.fixture
def both(sender: Sender, owner: Connection) -> Any:
    runtime = sender.runtime
    runtime.carriers = Carriers(
        runtime.carriers.main, stored=StoredAccounts(runtime.settings, runtime.database, CarrierLimits())
    )
    wanted = NewProvider("other", ProviderKind.TWILIO, OTHER, {"auth_token": TOKEN}, {"default_number": OURS})
    add_provider(runtime, wanted)
    yield sender
    owner.execute("delete from public.call_service_providers where name = 'other'")


def post(sender: Sender, path: str, token: str, **form: str) -> int:
    validator, body = RequestValidator(token), encoded(form.items())
    signature = validator.compute_signature(sender.runtime.settings.public_url + path, MultiDict(form))
    answer = sender.client.post(
        path,
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )
    return int(answer.status_code)


def status_of(owner: Connection, sid: str) -> Any:
    return owner.execute(
        """select c.call_status, p.name from public.call_history c
             left join public.call_service_providers p on p.id = c.provider_id where c.call_sid = %s""",
        [sid],
    ).fetchone()


def test_a_request_of_one_account_about_a_call_of_the_other_is_refused(
    both: Sender, owner: Connection
) -> None:
    main = both.runtime.carriers.main
    ours, theirs = both.call(AccountSid=main.account_sid), f"CA{uuid4().hex}"
    begun = {"From": CALLER, "To": OURS, "Direction": "inbound", "CallStatus": "ringing"}
    assert post(both, "/twilio/voice", TOKEN, CallSid=theirs, AccountSid=OTHER, **begun) == 200

    def told(sid: str, token: str, **account: str) -> int:
        return post(both, "/twilio/voice/status", token, CallSid=sid, CallStatus="completed", **account)

    refused = [
        told(ours, TOKEN, AccountSid=OTHER),
        told(ours, TOKEN),
        told(ours, TOKEN, AccountSid=main.account_sid),
        told(theirs, main.tokens[0], AccountSid=main.account_sid),
        told(theirs, main.tokens[0], AccountSid=OTHER),
        post(both, "/twilio/voice/turn?turn=1&document=1", TOKEN, CallSid=ours, AccountSid=OTHER),
    ]
    between = [status_of(owner, ours)[0], status_of(owner, theirs)]
    taken = [told(ours, main.tokens[0], AccountSid=main.account_sid), told(theirs, TOKEN, AccountSid=OTHER)]

    assert refused == [403] * 6
    assert "completed" not in str(between)
    assert between[1][1] == "other"
    assert all(code < 300 for code in taken)
    assert [status_of(owner, sid)[0] for sid in (ours, theirs)] == ["completed", "completed"]


def test_a_token_that_is_being_changed_counts_beside_the_old_one(both: Sender) -> None:
    new = uuid4().hex
    change_provider(both.runtime, "other", {"enabled": False}, {"auth_token": f"{new},{TOKEN}"})
    both.runtime.carriers._look()

    # What it placed before it was switched off goes on.
    codes = [
        post(
            both,
            "/twilio/voice/status",
            token,
            CallSid=f"CA{uuid4().hex}",
            CallStatus="completed",
            AccountSid=OTHER,
        )
        for token in (TOKEN, new, uuid4().hex)
    ]

    assert (codes[0] < 300, codes[1] < 300, codes[2]) == (True, True, 403)
