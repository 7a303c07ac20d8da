"""Step into a call: check the command, store it as a row, and bring it to the process that has the call.

The process of a call on a socket looks for rows (`deliver`). Where the carrier hears and speaks, on Gather or while two
people talk, the carrier is made to ask us anew, unless an answer is on its way, after which it asks anyway.
"""

import hashlib
import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.call.stepping.kinds import StepKind, WrongCommand, command_arguments
from voicebot.domain.person.phone import is_dialable, parse_e164
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping.deliver import deliver_commands
from voicebot.services.calls.stepping.neighbours import hint_neighbours
from voicebot.storage.calls import commands
from voicebot.storage.calls.commands import Added, Reach, RefusedCommand
from voicebot.storage.database import DatabaseAway
from voicebot.transports.twilio import urls

AT_NEXT_TURN = (StepKind.WHISPER, StepKind.MUTE)
"""What matters with the caller's next words alone."""

log = logging.getLogger(__name__)


def step_in(
    runtime: Runtime,
    call: UUID,
    kind: str,
    arguments: Mapping[str, Any],
    *,
    request_key: str | None = None,
    actor: Actor,
) -> Added | RefusedCommand:
    """Ask something of a running call; `request_key` of the same actor again is the same command. Raises DatabaseAway."""
    try:
        checked = _checked(runtime, kind, arguments)
    except WrongCommand as wrong:
        return RefusedCommand(str(wrong))
    key = _own_key(actor, request_key)
    added = commands.add_command(runtime.database, call, kind, checked, request_key=key, actor=actor)
    if isinstance(added, Added) and added.reach:
        _reach(runtime, StepKind(kind), added.reach)
    return added


def _own_key(actor: Actor, request_key: str | None) -> str | None:
    """Two who choose the same key do not get each other's commands."""
    if request_key is None:
        return None
    return hashlib.sha256(f"{actor.key_id}:{actor.user_id}:{request_key}".encode()).hexdigest()


def _reach(runtime: Runtime, kind: StepKind, reach: Reach) -> None:
    if reach.carried:
        # The command stands: a database that is away now does not make it undone.
        with suppress(DatabaseAway):
            if not deliver_commands(runtime):
                # It is not ours, and nobody waits for the next look of whoever has it.
                hint_neighbours(runtime)
    if reach.carried or reach.answering or kind in AT_NEXT_TURN:
        return
    telephony = runtime.carriers.of_number(reach.ours).telephony
    url = urls.reopened_url(runtime.settings, reach.turn + 1, language=reach.language)

    def redirect() -> None:
        try:
            telephony.redirect_call(reach.call_sid, url=url)
        except ProviderError as error:
            # It is carried out when the caller has said something.
            log.warning("a call was not redirected", extra={"code": error.code, "outcome": error.outcome})

    threading.Thread(target=redirect, daemon=True).start()


def _checked(runtime: Runtime, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    if kind not in set(StepKind):
        raise WrongCommand("wrong_kind")
    checked = command_arguments(StepKind(kind), arguments)
    if "phone" in checked:
        settings = runtime.settings
        phone = parse_e164(checked["phone"], settings.home_country)
        if phone is None or not is_dialable(phone, settings.allowed_countries):
            raise WrongCommand("wrong_phone")
        checked["phone"] = phone
    return checked
