"""Settings as tests give them, and what a refused one says."""

from pathlib import Path

import pytest

from voicebot.settings import SettingsError, load_settings

ACCOUNTS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "f" * 32,
    "TWILIO_PHONE_NUMBER": "+442079460123",
    "OPENAI_API_KEY": "sk-canary-openai",
    "ELEVENLABS_API_KEY": "canary-elevenlabs",
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"VOICEBOT_DATA_DIR": str(tmp_path / "data")}


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(environ)
    return str(refused.value)
