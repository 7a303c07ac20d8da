"""Fixtures of the promises' tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.promises.kept import Kept
from tests.services.texts.text_house import OPERATOR
from tests.support.providers import ScriptedModel
from voicebot.demo.place import LOOSE_CAPS
from voicebot.runtime import Runtime
from voicebot.settings import load_settings


@pytest.fixture
def house(
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    owner: Connection,
    call_sid: str,
    tmp_path: Path,
    no_texts: None,
) -> Kept:
    told = {
        "VOICEBOT_DATA_DIR": str(tmp_path),
        "OPERATOR_PHONE_NUMBER": OPERATOR,
        "VOICEBOT_ONBOARDING": "none",
    }
    return Kept(make_runtime(settings=load_settings(LOOSE_CAPS | told)), model, owner, call_sid)
