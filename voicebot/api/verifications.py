"""Phone verification over the API, in Twilio Verify's words.

A number that parses always gets the same answer, whoever has it and whether or not it may be texted: body, headers and
time reveal nothing.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from voicebot.api.bodies import Body, PhoneNumber
from voicebot.api.errors import limited
from voicebot.api.routes import Example, Handler, Reply, Request, Route
from voicebot.domain.templates.part import Language
from voicebot.domain.verification.codes import CodeOutcome, CodePurpose, address_group
from voicebot.services.verification import verify_phone

STEP_S = 0.03
"""Answers come at multiples of it, however far away the database is: the time does not show which work it was."""
LIMITED = Example(
    "Too often. `Retry-After` says for how many seconds.", headers={"Retry-After": "Seconds to wait."}
)


def _address(ip: str | None) -> str | None:
    if ip is not None:
        try:
            address_group(ip)
        except ValueError:
            raise ValueError("expected an IPv4 or IPv6 address") from None
    return ip


class NewVerification(Body):
    """A code is wanted."""

    to: PhoneNumber
    channel: Literal["sms", "call"] = Field(
        "sms", description="A text, or a call that reads the code out to whoever presses a key."
    )
    ip: str | None = Field(
        None, max_length=45, description="The end user's address, for the limits by address."
    )

    language: Language | None = Field(
        None, description="The language of the code's words, as de-DE; else the one of the service."
    )

    _ip = field_validator("ip")(_address)


class Verification(BaseModel):
    """A verification that runs."""

    id: str = Field(description="The same while the same code holds.")
    to: str = Field(description="The number in E.164.")
    channel: Literal["sms", "call"]
    status: Literal["pending"]
    expires_at: str = Field(description="Until when the code holds, ISO 8601.")


class NewCheck(Body):
    """Somebody entered a code."""

    to: PhoneNumber
    code: str = Field(max_length=64, description="Six digits.", examples=["482913"])
    ip: str | None = Field(
        None, max_length=45, description="The end user's address, for the limits by address."
    )

    _ip = field_validator("ip")(_address)


class Check(BaseModel):
    """What came of it. A wrong code is no error; the verification goes on."""

    status: Literal["approved", "pending"]
    valid: bool


def _steady(handler: Handler, clock: Callable[[], float] = time.monotonic) -> Handler:
    @wraps(handler)
    def steady(request: Request) -> Reply:
        began = clock()
        try:
            return handler(request)
        finally:
            time.sleep(STEP_S - (clock() - began) % STEP_S)

    return steady


def start(request: Request) -> Reply:
    """Have a code sent."""
    wanted: NewVerification = request.body
    asked = verify_phone.start(
        request.runtime,
        wanted.to,
        wanted.channel,
        wanted.ip,
        CodePurpose.API,
        actor=request.holder.actor,
        language=wanted.language or "",
    )
    if asked.limited or asked.expires_at is None:
        raise limited(asked.retry_after_s)
    return Reply(
        201,
        {
            "id": str(asked.id),
            "to": wanted.to,
            "channel": wanted.channel,
            "status": "pending",
            "expires_at": asked.expires_at.isoformat(),
        },
    )


def check(request: Request) -> Reply:
    """Try a code."""
    tried: NewCheck = request.body
    checked = verify_phone.check(
        request.runtime, tried.to, tried.code, tried.ip, CodePurpose.API, actor=request.holder.actor
    )
    if checked.outcome is CodeOutcome.LIMITED:
        raise limited(checked.retry_after_s)
    valid = checked.outcome is CodeOutcome.APPROVED
    return Reply(200, {"status": "approved" if valid else "pending", "valid": valid})


ROUTES = (
    Route(
        "POST",
        "/verifications",
        "startVerification",
        "Send a code to a phone. Asking again while it holds sends the same one. Other keys have codes of their own.",
        _steady(start),
        {201: Example("The code is on its way, if the number may have one.", Verification), 429: LIMITED},
        body=NewVerification,
    ),
    Route(
        "POST",
        "/verifications/check",
        "checkVerification",
        "Try the code that somebody entered, of those that this key asked for. Five tries a code; a right one is right once.",
        _steady(check),
        {200: Example("Right or wrong.", Check), 429: LIMITED},
        body=NewCheck,
    ),
)
