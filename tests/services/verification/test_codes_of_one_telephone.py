"""A telephone has one verification and one set of limits, in whatever spelling a code is asked for and tried."""

import pytest

from tests.services.verification.verification_desk import code_of
from voicebot.services.verification import verify_phone

pytestmark = pytest.mark.sql


@pytest.mark.parametrize(
    ("asked", "tried"),
    [
        ("+5215512340301", "+525512340301"),
        ("+551198760302", "+5511998760302"),
        ("+541112340303", "+5491112340303"),
    ],
)
def test_a_code_asked_for_in_one_spelling_is_tried_in_the_other(runtime, asked, tried):
    verify_phone.start(runtime, asked, "sms")

    assert verify_phone.check(runtime, tried, code_of(runtime, tried)).outcome == "approved"


def test_a_second_code_within_a_minute_is_refused_in_the_other_spelling_too(runtime):
    first = verify_phone.start(runtime, "+5215512340304", "sms")
    second = verify_phone.start(runtime, "+525512340304", "sms")

    assert (first.limited, second.limited, second.scope) == (False, True, "asker")


def test_a_call_with_a_code_goes_to_the_line_as_it_was_asked_for(runtime, owner):
    # A landline of Buenos Aires: with the 9 of mobiles nobody would pick up.
    verify_phone.start(runtime, "+541143210305", "call")

    assert owner.execute(
        "select phone_number, to_number from public.verifications where to_number = '+541143210305'"
    ).fetchall() == [("+5491143210305", "+541143210305")]
