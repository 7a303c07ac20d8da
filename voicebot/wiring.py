"""Settings to adapters to runtime: the one file that knows every adapter."""

import json
import logging
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, assert_never

from voicebot.domain.dialling.provider import ProviderKind, tokens_in
from voicebot.limits import CarrierLimits, Limits
from voicebot.providers.carriers import Accounts, Carrier, Carriers
from voicebot.providers.clips import ClipStore
from voicebot.providers.deepgram.flux import flux_door
from voicebot.providers.deepgram.nova import nova_door
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.formats import SpokenFormat
from voicebot.providers.elevenlabs.scribe import scribe_door
from voicebot.providers.elevenlabs.socket_speaker import SocketSpeaker
from voicebot.providers.elevenlabs.speaker import ElevenLabsSpeaker
from voicebot.providers.elevenlabs.voice import ElevenLabsVoice
from voicebot.providers.hearing.doors import Door
from voicebot.providers.hearing.limited import limited_door
from voicebot.providers.hearing.transcriber import DoorTranscriber
from voicebot.providers.local.speaker import LocalSpeaker
from voicebot.providers.local.vad import SpeechDetector
from voicebot.providers.local.voice import LocalVoice
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.openai.realtime_engine import RealtimeEngine
from voicebot.providers.openai.transcription import openai_door
from voicebot.providers.own.request import own_request_door
from voicebot.providers.own.socket import own_socket_door
from voicebot.providers.ports import Dialler, Recordings, Speaker, Voice
from voicebot.providers.recordings.folder import FolderRecordings
from voicebot.providers.slots.admission import Admission
from voicebot.providers.slots.rooms import Slots
from voicebot.providers.slots.share import Share
from voicebot.providers.smtp_mailer import SmtpMailer
from voicebot.providers.speakers import SpeakersInTurn
from voicebot.providers.supabase.identity import SupabaseIdentity
from voicebot.providers.supabase.recordings import SupabaseRecordings
from voicebot.providers.twilio.messaging import TwilioMessaging
from voicebot.providers.twilio.telephony import TwilioTelephony
from voicebot.providers.twilio.verify import TwilioVerify
from voicebot.providers.vapi.account import vapi_account
from voicebot.runtime import Runtime
from voicebot.settings import Settings
from voicebot.storage.credentials import Unreadable, unseal
from voicebot.storage.database import Database, DatabaseAway, open_database
from voicebot.storage.off_hub import off_hub
from voicebot.storage.providers import Provider, dialling_providers
from voicebot.storage.spool.flusher import SpoolFlusher

log = logging.getLogger(__name__)

VOICE_SILENT_S = 2.0
"""A voice without sound for this long is given up: Twilio plays a clip only once it has all of it."""


def clip_folder(settings: Settings) -> Path:
    """Return the clip store: in the data folder, or in a temporary one when that cannot be written."""
    folder = Path(settings.data_dir) / "clips"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="voicebot-clips-"))
    return folder


def build_runtime(
    settings: Settings, database: Database | None = None, *, limits: Limits | None = None
) -> Runtime:
    """Wire the real adapters. Nothing connects before it is first used."""
    limits = limits or Limits()
    database = database or open_database(settings)
    share = Share()
    voices = Slots(settings.elevenlabs_concurrency, share)
    speaking = Admission("elevenlabs", voices)
    account = ElevenLabsAccount(
        settings.elevenlabs_api_key, settings.elevenlabs_base_url, told_limit=voices.learn
    )
    local = LocalVoice(off_hub=off_hub)
    voice: Voice = ElevenLabsVoice(
        account, default_voice_id=settings.elevenlabs_voice_id, first_byte_timeout_s=VOICE_SILENT_S
    )
    model = OpenAIModel(
        settings.openai_api_key,
        settings.openai_base_url,
        model=settings.openai_model,
        fallback_model=settings.openai_fallback_model,
        share=share,
    )
    hearing = _hearing(settings, share)
    return Runtime(
        settings=settings,
        database=database,
        model=model,
        prewarm=partial(_prewarm, model, account),
        voice=voice,
        speaker=speaker_of(settings, account, local, speaking),
        detector=SpeechDetector(),
        carriers=Carriers(
            carrier_of(settings, limits.carrier), stored=StoredAccounts(settings, database, limits.carrier)
        ),
        clips=ClipStore(clip_folder(settings), voice, local, admission=speaking),
        speech_key=settings.derived_key("speech"),
        transcriber=transcriber_of(settings, hearing),
        share=share,
        admissions=[speaking, *model.admissions, *([hearing] if hearing else [])],
        engine=RealtimeEngine(settings.openai_api_key, settings.openai_base_url, settings.realtime_model),
        mailer=SmtpMailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        identity=_identity(settings),
        recordings=recordings_of(settings),
        limits=limits,
    )


def recording_folder(settings: Settings) -> Path:
    """Return where recordings lie on this machine, by the public id of their calls."""
    return Path(settings.data_dir) / "recordings"


def recordings_of(settings: Settings) -> Recordings:
    """Make the place of copies: Supabase Storage where there is one, else the data folder."""
    if settings.supabase_url:
        return SupabaseRecordings(settings.supabase_url, settings.supabase_service_role_key)
    return FolderRecordings(recording_folder(settings))


def _identity(settings: Settings) -> SupabaseIdentity | None:
    if not settings.supabase_url:
        return None
    key, secret = settings.supabase_service_role_key, settings.supabase_jwt_secret
    return SupabaseIdentity(settings.supabase_url, key, jwt_secret=secret)


def _hearing(settings: Settings, share: Share) -> Admission | None:
    """Make the gate before the first transcriber, where there is a limit."""
    limit = settings.transcriber_concurrency
    return Admission(settings.transcriber or "scribe", Slots(limit, share)) if limit else None


def transcriber_of(settings: Settings, admission: Admission | None = None) -> DoorTranscriber:
    """Make the transcriber that the settings name; the next one whose key is there follows it, also when it is full."""
    deepgram = (settings.deepgram_api_key, settings.deepgram_base_url)
    flux = flux_door(*deepgram) if settings.deepgram_model == "flux" else None
    nova = nova_door(*deepgram, unless=flux)
    doors: dict[str, list[Door]] = {
        "scribe": [scribe_door(settings.elevenlabs_api_key, settings.elevenlabs_base_url)],
        "deepgram": [flux, nova] if flux is not None else [nova],
        "openai": [openai_door(settings.openai_api_key, settings.openai_base_url)],
        "own": [own_socket_door(settings.stt_base_url), own_request_door(settings.stt_base_url)],
    }
    first = settings.transcriber or "scribe"
    # The keys of both are there whenever any is.
    spare = "openai" if first == "scribe" else "scribe"
    own = doors[first] if admission is None else [limited_door(door, admission) for door in doors[first]]
    return DoorTranscriber(first, own, spares=doors[spare])


def _prewarm(model: OpenAIModel, account: ElevenLabsAccount) -> None:
    model.prewarm()
    account.prewarm()


def speaker_of(
    settings: Settings, account: ElevenLabsAccount, local: LocalVoice, admission: Admission | None = None
) -> Speaker:
    """Make the voices of calls on `media`: the account's, and this machine's own when that one fails."""
    voice_id, spoken = settings.elevenlabs_voice_id, SpokenFormat()
    voices: list[tuple[str, Speaker]] = [
        ("elevenlabs", ElevenLabsSpeaker(account, voice_id, spoken)),
        ("local", LocalSpeaker(local)),
    ]
    if settings.speaker == "socket":
        voices.insert(0, ("elevenlabs_socket", SocketSpeaker(account, voice_id, spoken)))
    # One account, so one gate.
    gates = {} if admission is None else {name: admission for name, _ in voices if name != "local"}
    return SpeakersInTurn(voices, admissions=gates)


def carrier_of(settings: Settings, limits: CarrierLimits) -> Carrier:
    """Make the account that the settings name."""
    account = (settings.twilio_account_sid, settings.twilio_auth_tokens[0], settings.twilio_api_base)
    service = settings.twilio_verify_service_sid
    return Carrier(
        account_sid=settings.twilio_account_sid,
        telephony=TwilioTelephony(*account),
        messaging=TwilioMessaging(
            *account,
            read_timeout_s=limits.read_timeout_s,
            total_timeout_s=limits.total_timeout_s,
        ),
        tokens=settings.twilio_auth_tokens,
        number=settings.twilio_phone_number,
        verifier=TwilioVerify(service, *account) if service else None,
        messaging_service_sid=settings.twilio_messaging_service_sid,
        whatsapp_sender=settings.twilio_whatsapp_sender,
        whatsapp_template_sid=settings.twilio_whatsapp_template_sid,
    )


class StoredAccounts:
    """The accounts of `call_service_providers` beside that of the settings, each made once for as long as it stays the same."""

    def __init__(self, settings: Settings, database: Database, limits: CarrierLimits) -> None:
        self._settings, self._database, self._limits = settings, database, limits
        self._made: dict[tuple[str, int], Carrier | Dialler] = {}

    def __call__(self) -> Accounts | None:
        """Return them as the rows say now; None while the database is away."""
        try:
            rows = dialling_providers(self._database)
        except DatabaseAway:
            return None
        made = {(row.name, row.revision): self._of(row) for row in rows if row.account_sid}
        self._made = {key: account for key, account in made.items() if account is not None}
        return Accounts(
            tuple(each for each in self._made.values() if isinstance(each, Carrier)),
            {name: each for (name, _), each in self._made.items() if not isinstance(each, Carrier)},
            {number: row.name for row in rows for number in row.numbers},
        )

    def _of(self, row: Provider) -> "Carrier | Dialler | None":
        known = self._made.get((row.name, row.revision))
        if known is not None:
            return known
        try:
            secrets = json.loads(unseal(self._settings.sealing_key, row.sealed))
        except (Unreadable, ValueError):
            # Sealed with another key: it cannot be used to dial or to check signatures.
            log.warning("the credentials of a provider cannot be read", extra={"provider": row.name})
            return None
        match row.kind:
            case ProviderKind.TWILIO:
                return twilio_carrier(row, secrets, self._limits)
            case ProviderKind.VAPI:
                return _vapi(row, secrets)
            case _:
                assert_never(row.kind)


def _vapi(row: Provider, secrets: Mapping[str, Any]) -> Dialler | None:
    """Make an account of a row that speaks Vapi's API."""
    try:
        return vapi_account(row.name, row.account_sid, secrets, row.base_url)
    except ValueError as error:
        log.warning("a provider is not set up", extra={"provider": row.name, "reason": str(error)})
        return None


def twilio_carrier(row: Provider, secrets: Mapping[str, Any], limits: CarrierLimits) -> Carrier:
    """Make an account of a row that speaks Twilio's API."""
    tokens = tokens_in(secrets["auth_token"])
    account = (row.account_sid, tokens[0], row.base_url or None)
    return Carrier(
        account_sid=row.account_sid,
        telephony=TwilioTelephony(*account),
        messaging=TwilioMessaging(
            *account,
            read_timeout_s=limits.read_timeout_s,
            total_timeout_s=limits.total_timeout_s,
        ),
        tokens=tokens,
        number=row.default_number,
        name=row.name,
    )


def keep_spool_empty(runtime: Runtime) -> None:
    """Replay the spool from now on. Raises SpoolUnusable when facts could not be stored."""
    runtime.spool.probe()
    SpoolFlusher(runtime.spool, runtime.database, flushed=runtime.hint.made_work).start()
