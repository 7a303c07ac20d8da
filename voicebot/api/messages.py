"""Texts that a person writes, over the API."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from voicebot.api.bodies import Body, PhoneNumber
from voicebot.api.errors import ApiError, not_allowed
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.services.texts.send import NOT_TEXTABLE
from voicebot.services.texts.write import send_operator_text

LONGEST_TEXT = 1600
"""What the carrier takes as one message (handbook 6.3, error 21617)."""
REFUSALS = {
    NOT_TEXTABLE: (422, "This number is of a kind or country that may not be texted.", "to"),
    "suppressed": (409, "This number asked for no more messages.", "to"),
    "unknown_from_number": (404, "No number that you may use is that one.", "from_number"),
    "key_used": (409, "This request_key was used for another text.", "request_key"),
}


class NewMessage(Body):
    """A text to somebody."""

    to: PhoneNumber
    body: str = Field(min_length=1, max_length=LONGEST_TEXT, description="What it says.")
    from_number: PhoneNumber | None = Field(
        None,
        description="From which of our numbers; without it the usual one, or one of the key's organization.",
    )
    request_key: str | None = Field(
        None, min_length=1, max_length=200, description="Your own: asking twice with one key sends one text."
    )

    @field_validator("body")
    @classmethod
    def _words(cls, body: str) -> str:
        if not body.strip():
            raise ValueError("expected a text")
        return body


class QueuedMessage(BaseModel):
    """A text that will be sent."""

    id: int = Field(description="Its name in the conversation's messages, where its delivery is told.")
    conversation_id: str
    to: str = Field(description="The number in E.164.")
    status: Literal["queued"]


def send(request: Request) -> Reply:
    """Queue a text."""
    wanted: NewMessage = request.body
    queued = send_operator_text(
        request.runtime,
        wanted.to,
        wanted.body,
        actor=request.holder.actor,
        request_key=wanted.request_key,
        from_number=wanted.from_number,
    )
    if queued.refused in REFUSALS:
        status, words, place = REFUSALS[queued.refused]
        raise ApiError(status, queued.refused, words, field=place)
    if queued.refused is not None:
        raise not_allowed()
    thread = str(queued.conversation_id)
    return Reply(
        202, {"id": queued.message_id, "conversation_id": thread, "to": wanted.to, "status": "queued"}
    )


ROUTES = (
    Route(
        "POST",
        "/messages",
        "sendMessage",
        "Text somebody, as an operator.",
        send,
        {
            202: Example("It will be sent.", QueuedMessage),
            404: Example("`unknown_from_number`: none of ours, or another organization's."),
            409: Example("`suppressed`, or `key_used` for another text."),
            422: Example("`not_textable`: not in ALLOWED_COUNTRIES, or not a kind of number that is texted."),
        },
        body=NewMessage,
        roles=OPERATOR,
        done=("text.queued", "text"),
    ),
)
