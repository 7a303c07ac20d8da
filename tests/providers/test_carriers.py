"""Which account carries a number, and which tokens sign for it."""

import re
import threading
import time
from types import SimpleNamespace

from tests.support.accounts import carriers_of
from tests.support.source_tree import modules
from voicebot.providers.carriers import FIRST_LOOK_S, Accounts, Carrier, Carriers
from voicebot.settings import load_settings

# The demo stands the simulator up with the account of the settings.
MAY_READ = ("voicebot.settings", "voicebot.wiring", "voicebot.demo", "simulator")


def account(sid: str, number: str, **more: str) -> Carrier:
    return Carrier(sid, SimpleNamespace(), SimpleNamespace(), (f"token of {sid}",), number, **more)


MAIN = account("AC1", "+12025550100", whatsapp_sender="+12025550101")
OTHER = account("AC2", "+13035550100", name="other")
BOTH = Carriers(MAIN, OTHER)


def test_a_number_is_carried_by_the_account_that_calls_from_it_and_any_other_by_the_main_one():
    asked = ("+12025550100", "+12025550101", "+13035550100", "+19995550100", "")

    assert [BOTH.of_number(number) for number in asked] == [MAIN, MAIN, OTHER, MAIN, MAIN]
    assert [BOTH.is_own(number) for number in asked] == [True, True, True, False, False]


def test_an_account_signs_with_its_own_tokens_and_a_stranger_with_none():
    assert BOTH.tokens_of("AC2") == OTHER.tokens
    assert BOTH.tokens_of("AC3") == ()
    assert BOTH.tokens_of("") == (*MAIN.tokens, *OTHER.tokens)


def test_an_account_shows_no_token():
    assert "token of" not in repr(MAIN)


def test_the_settings_make_one_account(tmp_path):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)})

    made = carriers_of(settings).main

    assert (made.account_sid, made.number) == (settings.twilio_account_sid, settings.twilio_phone_number)
    assert made.tokens == settings.twilio_auth_tokens
    assert made.verifier is None
    assert carriers_of(
        settings.model_copy(update={"twilio_verify_service_sid": f"VA{'0' * 32}"})
    ).main.verifier


def test_nobody_else_reads_the_account_from_the_settings():
    wrong = [
        f"{module.name} {found[0]}"
        for module in modules()
        if not module.name.startswith(MAY_READ)
        for found in re.finditer(r"settings(?:\(\))?\.twilio_\w+", module.text)
    ]

    assert wrong == []


def test_what_was_begun_ahead_keeps_no_request_waiting_for_a_database_that_does_not_answer():
    begun, answers = threading.Event(), threading.Event()

    def stored():
        begun.set()
        answers.wait(20)
        return Accounts()

    carriers = Carriers(MAIN, stored=stored)
    carriers.look_ahead()
    assert begun.wait(20)

    before = time.monotonic()
    assert list(carriers) == [MAIN]
    waited_s = time.monotonic() - before

    answers.set()
    assert waited_s < FIRST_LOOK_S
