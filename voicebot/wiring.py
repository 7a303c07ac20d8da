"""Settings to adapters to runtime: the one file that knows every adapter."""

import tempfile
from pathlib import Path

from voicebot.limits import Limits
from voicebot.providers.clips import ClipStore
from voicebot.providers.elevenlabs.admission import AdmittedVoice
from voicebot.providers.elevenlabs.voice import ElevenLabsVoice
from voicebot.providers.local.voice import LocalVoice
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import PhoneVerifier, Voice
from voicebot.providers.smtp_mailer import SmtpMailer
from voicebot.providers.twilio.messaging import TwilioMessaging
from voicebot.providers.twilio.telephony import TwilioTelephony
from voicebot.providers.twilio.verify import TwilioVerify
from voicebot.runtime import Runtime
from voicebot.settings import Settings
from voicebot.storage.database import Database, open_database
from voicebot.storage.spool.flusher import SpoolFlusher

VOICES_AT_ONCE = 16
"""Clips that one process has made at the same time."""

VOICE_SILENT_S = 2.0
"""A voice that gives nothing for so long is given up: Twilio plays a clip only once it has all of it."""


def clip_folder(settings: Settings) -> Path:
    """Return where clips are kept: in the data folder, or a temporary one when that cannot be written."""
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
        messaging=TwilioMessaging(
            *account,
            read_timeout_s=limits.carrier.read_timeout_s,
            total_timeout_s=limits.carrier.total_timeout_s,
        ),
        clips=ClipStore(clip_folder(settings), voice, LocalVoice()),
        speech_key=settings.derived_key("speech"),
        verifier=_verifier(settings),
        mailer=SmtpMailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        limits=limits,
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


def keep_spool_empty(runtime: Runtime) -> None:
    """Replay what the spool holds, from now on. Raises SpoolUnusable when facts could not be kept."""
    runtime.spool.probe()
    SpoolFlusher(runtime.spool, runtime.database, flushed=runtime.hint.made_work).start()
