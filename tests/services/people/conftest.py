"""A house whose carrier and store of recordings are seen."""

import pytest

from tests.support.carriers import CallCarrier
from voicebot.providers.recordings.folder import FolderRecordings


@pytest.fixture
def phone():
    return CallCarrier()


@pytest.fixture
def house(make_runtime, phone, tmp_path):
    return make_runtime(telephony=phone, recordings=FolderRecordings(tmp_path / "recordings"))
