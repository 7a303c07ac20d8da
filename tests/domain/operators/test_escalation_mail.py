"""What the operator is mailed when somebody needs a person."""

from datetime import UTC, datetime

from voicebot.domain.operators.escalation_mail import LONGEST_MESSAGE, WHAT, Escalation, body, subject

AT = datetime(2026, 11, 28, 13, 5, tzinfo=UTC)


def test_the_subject_says_what_happened_and_nothing_that_anybody_said():
    assert subject("message", "Voicebot") == "Voicebot: a caller left a message"
    assert subject("something new\r\nBcc: x@example.com", "Voicebot") == "Voicebot: somebody needs a person"
    assert len({subject(reason, "V") for reason in WHAT}) == len(WHAT)


def test_the_body_has_what_is_needed_to_call_back():
    text = body(
        Escalation(
            "call_back",
            AT,
            "call",
            "+12025550123",
            "+12025550100",
            "Grace Hopper",
            "After five.\nThanks",
            call_back_number="+12025550188",
            call_back_when="tomorrow\nafter five",
            call_sid="CA1",
        ),
        "Europe/Berlin",
    )

    assert text.splitlines() == [
        "Somebody wants to be called back.",
        "",
        "Who:    Grace Hopper, +12025550123",
        "When:   Saturday 28 November 2026, 14:05 (Europe/Berlin)",
        "How:    phone call to +12025550100",
        "Call:   +12025550188, tomorrow after five",
        "",
        "Message:",
        "",
        "  After five.",
        "  Thanks",
        "",
        "The whole call: python -m voicebot calls show CA1",
    ]


def test_who_names_no_number_is_called_where_they_called_from():
    assert "Call:   the same number\n" in body(Escalation("call_back", AT), "UTC")
    assert "Call:" not in body(Escalation("message", AT), "UTC")


def test_what_is_not_known_is_called_so():
    text = body(Escalation("human_requested", AT, "sms", thread_id="7"), "UTC")

    assert "Who:    unknown" in text
    assert "How:    text\n" in text
    assert "Message" not in text
    assert text.endswith("texts show 7\n")


def test_what_callers_say_is_bounded_and_steers_no_terminal():
    text = body(Escalation("message", AT, message="\x1b[2Jhello" + "x" * 9000, name="A\r\nB: c"), "UTC")

    assert "\x1b" not in text
    assert "Who:    A B: c" in text
    assert len(text) < LONGEST_MESSAGE + 400
    assert text.rstrip().endswith("…")
