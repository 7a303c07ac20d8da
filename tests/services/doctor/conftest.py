"""A service that answers at its public address, for the doctor to look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.doctor.patient import Patient, served, service
from voicebot.settings import Settings, load_settings


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Patient]:
    """A service in order, whose settings a test may change."""

    def settings_at(address: str) -> Settings:
        return load_settings({"PUBLIC_URL": address, "VOICEBOT_DATA_DIR": str(tmp_path / "data")})

    with served(lambda address: service(settings_at(address))) as address:
        yield Patient(settings_at(address))
