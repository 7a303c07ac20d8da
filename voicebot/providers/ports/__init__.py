"""The service's ports to the outside, one a file. Callers of all ports branch on `ProviderError.outcome` alone."""

from voicebot.providers.ports.detector import Detector, DetectorStream
from voicebot.providers.ports.dialler import Dialler, LostDial, NewDial, PlacedCall
from voicebot.providers.ports.failure import Outcome, ProviderError
from voicebot.providers.ports.identity import Identity, IdentityProvider
from voicebot.providers.ports.mail import Mailer
from voicebot.providers.ports.messaging import (
    Messaging,
    NewMessage,
    ProviderMedia,
    ProviderMessage,
    SentMessage,
)
from voicebot.providers.ports.model import (
    LanguageModel,
    ModelDone,
    ModelPiece,
    ModelRequest,
    ModelStream,
    TextDelta,
    ToolCall,
    ToolSpec,
)
from voicebot.providers.ports.priority import Priority
from voicebot.providers.ports.recordings import NoRecordings, Recordings
from voicebot.providers.ports.speaker import CallSpeaker, Speaker, SpokenChunk, SpokenStream
from voicebot.providers.ports.telephony import (
    NUMBER_FIELDS,
    NUMBER_METHODS,
    NUMBER_SIDS,
    NUMBER_URLS,
    Detection,
    NewCall,
    ProviderCall,
    ProviderNumber,
    Telephony,
)
from voicebot.providers.ports.transcriber import (
    EagerEnd,
    FinalWords,
    Listening,
    PartialWords,
    SpeechResumed,
    Transcriber,
    TranscriberEvent,
    Transcription,
    TranscriptionFailed,
)
from voicebot.providers.ports.verifier import PhoneVerifier
from voicebot.providers.ports.voice import AudioStream, Voice

__all__ = [
    "NUMBER_FIELDS",
    "NUMBER_METHODS",
    "NUMBER_SIDS",
    "NUMBER_URLS",
    "AudioStream",
    "CallSpeaker",
    "Detection",
    "Detector",
    "DetectorStream",
    "Dialler",
    "EagerEnd",
    "FinalWords",
    "Identity",
    "IdentityProvider",
    "LanguageModel",
    "Listening",
    "LostDial",
    "Mailer",
    "Messaging",
    "ModelDone",
    "ModelPiece",
    "ModelRequest",
    "ModelStream",
    "NewCall",
    "NewDial",
    "NewMessage",
    "NoRecordings",
    "Outcome",
    "PartialWords",
    "PhoneVerifier",
    "PlacedCall",
    "Priority",
    "ProviderCall",
    "ProviderError",
    "ProviderMedia",
    "ProviderMessage",
    "ProviderNumber",
    "Recordings",
    "SentMessage",
    "Speaker",
    "SpeechResumed",
    "SpokenChunk",
    "SpokenStream",
    "Telephony",
    "TextDelta",
    "ToolCall",
    "ToolSpec",
    "Transcriber",
    "TranscriberEvent",
    "Transcription",
    "TranscriptionFailed",
    "Voice",
]
