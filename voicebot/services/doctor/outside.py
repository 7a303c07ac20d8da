"""Check what lies outside the machine: providers, the numbers' webhooks, our own public address."""

import queue
import secrets
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from voicebot.providers.carriers import Carrier
from voicebot.providers.http.own_address import post_form
from voicebot.providers.ports import ModelRequest, Outcome, ProviderError, ProviderNumber, Transcriber
from voicebot.runtime import Runtime
from voicebot.services.doctor.findings import Finding, Level, fail, ok, warn
from voicebot.services.doctor.probe import PROBE_FIELD, PROBE_HEADER, probe_answer
from voicebot.services.numbers.connect import wanted_fields
from voicebot.settings import Settings
from voicebot.storage.catalogue import numbers
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.transports.twilio.signatures import signature_of

PROBE_PATH = "/twilio/voice/status"
CONNECT = "run `python -m voicebot numbers connect {number}`"
NEIGHBOUR = ", or ask `python -m voicebot --demo doctor` if the demo is what runs there: it has a data folder of its own"
TRANSCRIBER = "transcriber"
TRANSCRIBER_VARIABLES = {
    "scribe": "ELEVENLABS_API_KEY and ELEVENLABS_BASE_URL, or set another TRANSCRIBER",
    "deepgram": "DEEPGRAM_API_KEY and DEEPGRAM_BASE_URL",
    "openai": "OPENAI_API_KEY and OPENAI_BASE_URL, or set another TRANSCRIBER",
    "own": "STT_BASE_URL",
}
# Shortest request that proves key and model; it costs a few tokens.
TINY = ModelRequest([{"role": "user", "content": "Say ok."}], max_tokens=16, total_timeout_s=8.0)


def check_providers(runtime: Runtime) -> list[Finding]:
    """Use each provider once with the configured credentials, all at the same time."""
    settings, patience_s = runtime.settings, runtime.limits.doctor.patience_s
    checks: list[tuple[str, str, Callable[[], Finding]]] = [
        ("Twilio", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", lambda: _twilio(runtime)),
        ("OpenAI", "OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL", lambda: _openai(runtime)),
        ("ElevenLabs", "ELEVENLABS_API_KEY", lambda: _elevenlabs(runtime)),
    ]
    transcriber = runtime.transcriber
    if transcriber is not None:
        variables = TRANSCRIBER_VARIABLES[transcriber.name]
        checks.append((TRANSCRIBER, variables, lambda: _transcriber(transcriber)))
    answers: queue.Queue[tuple[str, Finding]] = queue.Queue()
    for name, variables, check in checks:
        task = _judged(name, variables, check, settings, answers)
        threading.Thread(target=task, name=f"doctor-{name}", daemon=True).start()
    found: dict[str, Finding] = {}
    try:
        while len(found) < len(checks):
            name, finding = answers.get(timeout=patience_s)
            found[name] = finding
    except queue.Empty:
        pass
    if (
        TRANSCRIBER in found
        and found[TRANSCRIBER].level is Level.FAIL
        and settings.voice_transport != "media"
    ):
        # Only calls on Media Streams need it.
        found[TRANSCRIBER] = replace(found[TRANSCRIBER], level=Level.WARN)
    silent = f"no answer within {patience_s:.0f} s"
    return [found.get(name) or fail(name, silent, "try again later") for name, _, _ in checks]


def check_numbers(runtime: Runtime) -> list[Finding]:
    """Compare what is registered on each connected number with what should be; other numbers are not ours to judge."""
    wanted = runtime.carriers.main.number
    try:
        listed = {number.number: number for number in runtime.carriers.main.telephony.list_numbers()}
        kept = numbers.list_numbers(runtime.database)
    except (ProviderError, DatabaseAway, DatabaseBug):
        # check_providers and check_database have said why.
        return []
    found = []
    if wanted not in listed:
        do = "buy it, or set TWILIO_PHONE_NUMBER to one that the account has"
        found.append(fail("numbers", f"{wanted} is not the account's", do))
    connected = [row["full_number"] for row in kept if row["connected_at"]]
    if not connected:
        do = CONNECT.format(number=wanted)
        found.append(warn("numbers", "none is connected, so no call and no text comes here", do))
    return found + [_judge_number(number, listed.get(number), runtime.settings) for number in connected]


def check_public_address(settings: Settings, carrier: Carrier) -> Finding:
    """Send a signed request to PUBLIC_URL: it must come back from this very service, accepted."""
    url, nonce = settings.public_url + PROBE_PATH, secrets.token_hex(16)
    signature = signature_of(url, {PROBE_FIELD: [nonce]}, carrier.tokens[0])
    try:
        status, headers = post_form(url, {PROBE_FIELD: nonce}, {"X-Twilio-Signature": signature})
    except ProviderError as error:
        return fail("PUBLIC_URL", *_unreached(error.code, settings))
    if status == 204 and headers.get(PROBE_HEADER) == probe_answer(settings, nonce):
        return ok("PUBLIC_URL", "a signed request reaches this service and is accepted")
    what, do = _misled(status, headers.get("Location", ""), PROBE_HEADER in headers)
    return fail("PUBLIC_URL", what, do + (NEIGHBOUR if status == 403 and settings.offline else ""))


def _twilio(runtime: Runtime) -> Finding:
    count = len(runtime.carriers.main.telephony.list_numbers())
    return ok("Twilio", f"accepts the credentials; the account has {count} number{'' if count == 1 else 's'}")


def _openai(runtime: Runtime) -> Finding:
    # The stream is a generator; closing it is what gives the connection back.
    pieces: Any = runtime.model.stream(TINY)
    with closing(pieces):
        for _ in pieces:
            return ok("OpenAI", f"{runtime.settings.openai_model} answers")
    return fail("OpenAI", "an empty answer", "try again; else set another OPENAI_MODEL")


def _elevenlabs(runtime: Runtime) -> Finding:
    voices, wanted = runtime.voice.list_voices(), runtime.settings.elevenlabs_voice_id
    if all(voice.voice_id != wanted for voice in voices):
        do = "set ELEVENLABS_VOICE_ID to one that `python -m voicebot voices sync` lists"
        return warn("ElevenLabs", f"accepts the key, but the account has no voice {wanted}", do)
    return ok("ElevenLabs", f"accepts the key; the account has {len(voices)} voices")


def _transcriber(transcriber: Transcriber) -> Finding:
    transcriber.check()
    return ok(TRANSCRIBER, f"{transcriber.name} takes the key and hears")


def _judged(
    name: str,
    variables: str,
    check: Callable[[], Finding],
    settings: Settings,
    answers: "queue.Queue[tuple[str, Finding]]",
) -> Callable[[], None]:
    def task() -> None:
        try:
            finding = check()
        except ProviderError as error:
            finding = fail(name, *_refused(error, variables, settings))
        answers.put((name, finding))

    return task


def _refused(error: ProviderError, variables: str, settings: Settings) -> tuple[str, str]:
    if error.outcome is Outcome.REFUSED:
        neighbour = NEIGHBOUR if settings.offline and "TWILIO" in variables else ""
        return f"refuses the request ({error.code})", f"correct {variables}{neighbour}"
    if error.outcome is Outcome.NOT_SENT:
        do = "check its base URL and this machine's way to it"
        if settings.offline:
            do = f"start the simulator: it should listen at {settings.simulator_url}"
        return f"cannot be reached or has no room ({error.code})", do
    return (
        f"gave no clear answer ({error.code})",
        "try again; if it stays, look at the provider's status page",
    )


def _judge_number(number: str, registered: ProviderNumber | None, settings: Settings) -> Finding:
    if registered is None:
        do = f"run `python -m voicebot numbers release {number}` if it is gone for good"
        return fail("numbers", f"{number} is connected, but it is not the account's", do)
    wrong = {
        name: value for name, value in wanted_fields(settings).items() if getattr(registered, name) != value
    }
    if not wrong:
        return ok("numbers", f"{number} leads here, with retries and a fallback")
    told = "; ".join(f"{name} should be {value or 'empty'}" for name, value in wrong.items())
    return fail("numbers", f"{number}: {told}", CONNECT.format(number=number))


def _unreached(code: str, settings: Settings) -> tuple[str, str]:
    host = urlsplit(settings.public_url).netloc.rpartition("@")[2]
    return {
        "certificate": (f"{host} has a certificate that is not trusted", "Twilio refuses it too: renew it"),
        "unreachable": (
            f"nothing answers at {host}",
            "start `python -m voicebot serve`, and the proxy or tunnel",
        ),
        "no-answer": (
            f"{host} takes the request and says nothing",
            "look at the proxy's and the service's log",
        ),
    }.get(code, (f"{host} does not speak HTTP as it should", "check that PUBLIC_URL leads to this service"))


def _misled(status: int, location: str, probed: bool) -> tuple[str, str]:
    if status == 204 and probed:
        return "another service with the same token answers", "give all machines one SECRET_KEY"
    if 300 <= status < 400:
        target = urlsplit(location)._replace(query="", fragment="").geturl()
        return (
            f"leads elsewhere ({status} to {target})",
            "set PUBLIC_URL to the address that is redirected to",
        )
    if status == 403:
        return (
            "the service there refuses our signature",
            "give it this same PUBLIC_URL and TWILIO_AUTH_TOKEN; the proxy must keep path and query",
        )
    if status in (502, 503, 504):
        return f"the proxy does not reach the service ({status})", "start `python -m voicebot serve`"
    return (
        f"something else answers there ({status})",
        f"check that PUBLIC_URL leads to this service: {PROBE_PATH} must come after it",
    )
