"""Everything a service needs, built once from the settings and handed down."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from voicebot.domain.call.phrases import phrase
from voicebot.providers.clips import ClipStore
from voicebot.providers.elevenlabs.admission import AdmittedVoice
from voicebot.providers.elevenlabs.voice import ElevenLabsVoice
from voicebot.providers.local.voice import LocalVoice
from voicebot.providers.mail import Mailer
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import LanguageModel, Messaging, PhoneVerifier, Telephony, Voice
from voicebot.providers.smtp_mailer import SmtpMailer
from voicebot.providers.twilio.messaging import TwilioMessaging
from voicebot.providers.twilio.telephony import TwilioTelephony
from voicebot.providers.twilio.verify import TwilioVerify
from voicebot.services.calls.gather.turn import GatherTurn
from voicebot.settings import Settings
from voicebot.storage.database import Database, open_database
from voicebot.storage.spool.facts import Facts
from voicebot.storage.spool.files import Spool, open_spool
from voicebot.storage.spool.flusher import SpoolFlusher
from voicebot.worker.hint import JobHint

VOICES_AT_ONCE = 16
"""Clips that one process has made at the same time."""

VOICE_SILENT_S = 2.0
"""A voice that gives nothing for so long is given up: Twilio plays a clip only once it has all of it."""


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


@dataclass
class Runtime:
    """The dependencies of every use case; `live_turns` are the Gather turns that this process generates."""

    settings: Settings
    database: Database
    model: LanguageModel
    voice: Voice
    telephony: Telephony
    messaging: Messaging
    clips: ClipStore
    speech_key: bytes
    now: Callable[[], datetime] = utc_now
    verifier: PhoneVerifier | None = None
    """The carrier's own service for codes; None: they are ours."""
    mailer: Mailer | None = None
    """None: no mail is sent."""
    live_turns: dict[tuple[int, int], GatherTurn] = field(default_factory=dict)
    hint: JobHint = field(init=False)
    """Tells the workers that there is work; call `made_work` after the commit that made it."""
    spool: Spool = field(init=False)
    facts: Facts = field(init=False)
    """Where writes go that may not be lost: `facts.about(key)` stands for the database."""

    def __post_init__(self) -> None:
        self.hint = JobHint(self.database)
        self.spool = open_spool(self.settings)
        # Asked anew each time: the clock may be replaced later.
        self.facts = Facts(self.database, self.spool, lambda: self.now())  # noqa: PLW0108

    def keep_spool_empty(self) -> None:
        """Replay what the spool holds, from now on. Raises SpoolUnusable when facts could not be kept."""
        self.spool.probe()
        SpoolFlusher(self.spool, self.database, flushed=self.hint.made_work).start()

    def local_now(self) -> datetime:
        """Return the time in the zone that the settings name."""
        return self.now().astimezone(ZoneInfo(self.settings.timezone))

    def phrase(self, name: str, language: str = "en-US") -> str:
        """Return a fixed phrase."""
        return phrase(name, language)


def clip_folder(settings: Settings) -> Path:
    """Return where clips are kept: in the data folder, or a temporary one when that cannot be written."""
    folder = Path(settings.data_dir) / "clips"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="voicebot-clips-"))
    return folder


def build_runtime(settings: Settings, database: Database | None = None) -> Runtime:
    """Wire the real adapters. Nothing connects before it is first used."""
    voice: Voice = ElevenLabsVoice(
        settings.elevenlabs_api_key,
        settings.elevenlabs_base_url,
        default_voice_id=settings.elevenlabs_voice_id,
        first_byte_timeout_s=VOICE_SILENT_S,
    )
    # ElevenLabs refuses what is over its plan's concurrency; waiting a moment here is better than that.
    voice = AdmittedVoice(voice, limit=VOICES_AT_ONCE)
    account = (settings.twilio_account_sid, settings.twilio_auth_tokens[0], settings.twilio_api_base)
    return Runtime(
        settings=settings,
        database=database or open_database(settings),
        model=OpenAIModel(
            settings.openai_api_key,
            settings.openai_base_url,
            model=settings.openai_model,
            fallback_model=settings.openai_fallback_model,
        ),
        voice=voice,
        telephony=TwilioTelephony(*account),
        messaging=TwilioMessaging(*account),
        clips=ClipStore(clip_folder(settings), voice, LocalVoice()),
        speech_key=settings.derived_key("speech"),
        verifier=_verifier(settings),
        mailer=SmtpMailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
    )


def _verifier(settings: Settings) -> PhoneVerifier | None:
    if not settings.twilio_verify_service_sid:
        return None
    return TwilioVerify(
        settings.twilio_verify_service_sid,
        settings.twilio_account_sid,
        settings.twilio_auth_tokens[0],
        settings.twilio_api_base,
    )
