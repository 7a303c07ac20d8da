"""Which TwiML elements and attributes there are (handbook 2.2-2.9); anything else earns a 12200 warning (2.1)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    """The attributes an element may carry and the elements it may hold; `open` children are not looked at (SSML)."""

    attributes: frozenset[str]
    children: frozenset[str] = frozenset()
    open: bool = False


def _element(attributes: str = "", children: str = "", *, open_: bool = False) -> Element:
    return Element(frozenset(attributes.split()), frozenset(children.split()), open_)


_RECORDING = "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent"
_STATUS = "statusCallback statusCallbackMethod statusCallbackEvent"
_AMD = (
    "machineDetection machineDetectionTimeout machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold "
    "machineDetectionSilenceTimeout amdStatusCallback amdStatusCallbackMethod"
)

VERBS = frozenset(
    [
        "Say",
        "Play",
        "Pause",
        "Redirect",
        "Hangup",
        "Reject",
        "Gather",
        "Record",
        "Dial",
        "Start",
        "Stop",
        "Connect",
    ]
)
"""What may stand directly in a Response, of what this carrier carries out."""

OTHER_VERBS = frozenset(["Enqueue", "Leave", "Refer", "Pay", "Prompt", "Queue", "Sms", "Siprec", "Echo"])
"""Real verbs that this carrier does not carry out: a document that needs one fails."""

ELEMENTS: dict[str, Element] = {
    "Say": _element("voice language loop", open_=True),
    "Play": _element("loop digits"),
    "Pause": _element("length"),
    "Redirect": _element("method"),
    "Hangup": _element(),
    "Reject": _element("reason"),
    "Gather": _element(
        "input action method timeout speechTimeout finishOnKey numDigits language hints speechModel profanityFilter "
        "partialResultCallback partialResultCallbackMethod actionOnEmptyResult enhanced bargeIn debug maxSpeechTime",
        "Say Play Pause",
    ),
    "Record": _element(
        "action method timeout finishOnKey maxLength playBeep trim transcribe transcribeCallback "
        + _RECORDING
    ),
    "Dial": _element(
        "action method timeout timeLimit callerId answerOnBridge hangupOnStar record trim ringTone sequential referUrl "
        "referMethod events passports recordingTrack " + _RECORDING,
        "Number Client Conference Queue Sip Sim WhatsApp Application",
    ),
    "Number": _element("sendDigits url method byoc " + _STATUS + " " + _AMD),
    "Client": _element("url method " + _STATUS, "Identity Parameter"),
    "Conference": _element(
        "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod maxParticipants participantLabel "
        f"jitterBufferSize record region trim coach eventCallbackUrl {_STATUS} {_RECORDING}"
    ),
    "Sip": _element("username password url method " + _STATUS),
    "Queue": _element("url method reservationSid postWorkActivitySid"),
    "Identity": _element(),
    "Parameter": _element("name value"),
    "Start": _element("action method", "Recording Stream Transcription Siprec"),
    "Stop": _element("", "Recording Stream Transcription Siprec"),
    "Recording": _element(f"trim track channels name {_RECORDING}"),
    "Stream": _element(f"url name track audioFormat sampleRate connectorName {_STATUS}", "Parameter"),
    "Transcription": _element(
        "statusCallbackUrl statusCallbackMethod track transcriptionEngine speechModel languageCode partialResults "
        "profanityFilter enableAutomaticPunctuation hints inboundTrackLabel outboundTrackLabel name intelligenceService"
    ),
    "Siprec": _element("", open_=True),
    "Connect": _element(
        "action method",
        "ConversationRelay Stream Conversation Room VirtualAgent Autopilot AiSession Assistant",
    ),
    "ConversationRelay": _element(
        "url welcomeGreeting welcomeGreetingInterruptible language ttsLanguage transcriptionLanguage ttsProvider voice "
        "transcriptionProvider speechModel interruptible interruptSensitivity reportInputDuringAgentSpeech preemptible "
        "dtmfDetection partialPrompts hints speechTimeout ignoreBackchannel eotThreshold eagerEotThreshold "
        "deepgramSmartFormat asrSmartFormat elevenlabsTextNormalization profanityFilter intelligenceService debug events "
        "backgroundNoiseReduction partialPromptOnHangup ttsTextNormalization includeInPrompt customerName "
        "applicationReconnect echoPromptFiltering turnDetection",
        "Language Parameter",
    ),
    "Language": _element("code ttsProvider voice transcriptionProvider speechModel hints"),
}
