"""The stations of the tour that are phone calls."""

import secrets
from typing import Any

from voicebot.demo.visitor import Visitor


def customer(visitor: Visitor) -> None:
    """Ask several things, press a key, change the voice, say goodbye."""
    talk = visitor.call()
    talk.say("When are you open on Saturday?")
    talk.press("*")
    talk.say("How much is a full service?")
    talk.say("Could you use another voice please?")
    talk.say("And where is the shop?")
    talk.say("Thank you, goodbye!")
    if not talk.over:
        talk.hang_up()
    shown = visitor.evidence.examine(talk, call_status="completed", end_reason="bot_ended", transport="media")
    words = _bot_words(shown)
    visitor.evidence.check(
        "the answers came from the template's facts", "eighty-five" in words and "Harbour" in words
    )
    _check_voice(visitor, shown)


def by_requests(visitor: Visitor) -> None:
    """Do the same at the number whose calls ask for Gather: no socket is needed."""
    talk = visitor.call("gather")
    talk.say("When are you open on Saturday?")
    talk.press("*")
    talk.say("Could you use another voice please?")
    talk.say("Thank you, goodbye!")
    if not talk.over:
        talk.hang_up()
    shown = visitor.evidence.examine(
        talk, call_status="completed", end_reason="bot_ended", transport="gather"
    )
    visitor.evidence.check("the carrier opened no socket", not talk.view["streams"])
    said_twice = _bot_words(shown).count("until two") == 2
    visitor.evidence.check("the star key had the answer said again", said_twice)
    _check_voice(visitor, shown)


def silent_caller(visitor: Visitor) -> None:
    """Say nothing at all."""
    talk = visitor.call()
    while not talk.over:
        talk.keep_silent()
    visitor.evidence.examine(talk, call_status="completed", end_reason="silence")


def unanswered_transfer(visitor: Visitor) -> None:
    """Ask for a person who does not pick up, and go on with the bot."""
    visitor.phone.operator("no-answer", caller=visitor.number)
    talk = visitor.call()
    talk.press("0", rings=True)
    visitor.phone.operator("answer", caller=visitor.number)
    talk.say("Then tell me, what does a flat tyre cost?")
    talk.hang_up()
    visitor.evidence.examine(
        talk, call_status="completed", end_reason="caller_hung_up", outcome="transfer_no_answer"
    )


def failing_model(visitor: Visitor) -> None:
    """Make the model break off, hear the apology, and ask again.

    The fault applies to conversations with this caller's order number only.
    """
    order = str(10_000 + secrets.randbelow(90_000))
    fault = {"target": "model", "words": order}
    talk = visitor.call()
    talk.say(f"Can I rent a bicycle? My order number is {order}.")
    visitor.phone.provider_knobs(**fault, mode="cut", after_chars=20)
    try:
        talk.say("And what does a full service cost?")
    finally:
        visitor.phone.provider_knobs(**fault, mode="ok")
    talk.say("I asked what a full service costs.")
    talk.hang_up()
    shown = visitor.evidence.examine(talk, call_status="completed", end_reason="caller_hung_up")
    words = _bot_words(shown)
    visitor.evidence.check(
        "the bot apologised, and answered the second time", "Sorry" in words and "eighty-five" in words
    )


def _check_voice(visitor: Visitor, shown: dict[str, Any]) -> None:
    visitor.evidence.check(
        "the caller has another voice now", bool((shown.get("call") or {}).get("voice_id"))
    )


def _bot_words(shown: dict[str, Any]) -> str:
    return " ".join(line["content"] for line in shown.get("transcripts") or [] if line["speaker"] == "bot")
