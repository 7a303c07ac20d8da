"""What the doctor is shown, for tests of it."""

from voicebot.providers.ports import Outcome, ProviderError

ACCOUNTS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "canary-token",
    "TWILIO_PHONE_NUMBER": "+12025550100",
    "OPENAI_API_KEY": "canary-openai",
    "ELEVENLABS_API_KEY": "canary-elevenlabs",
    "SECRET_KEY": "canary-secret-key",
    "CREDENTIALS_KEY": "canary-credentials",
}


def provider_error(outcome: Outcome) -> ProviderError:
    return ProviderError("provider", "code", outcome)
