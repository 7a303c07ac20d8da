"""The doctor asked from a page: what the worker finds is kept for whoever looks."""

from types import SimpleNamespace

import pytest

from tests.services.doctor.patient import Patient
from voicebot.domain.access.actor import THE_OPERATOR
from voicebot.services.doctor import asked
from voicebot.settings import load_settings
from voicebot.storage.access.examinations import show_examination

pytestmark = pytest.mark.sql


class Both:
    """The patient's database for what is examined, and a real one for what is kept."""

    def __init__(self, patient, real):
        self._patient, self._real = patient, real

    def call(self, name, /, **params):
        whose = self._real if name.endswith("examination") else self._patient
        return whose.call(name, **params)


def test_what_the_worker_finds_is_kept_in_place_of_the_result_before(database, tmp_path):
    patient = Patient(load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)}))
    names = [name for name in dir(patient) if not name.startswith("_")]
    runtime = SimpleNamespace(**{name: getattr(patient, name) for name in names})
    runtime.database = Both(patient.database, database)
    runtime.hint = SimpleNamespace(made_work=lambda: None)
    asked.ask(runtime, actor=THE_OPERATOR)
    assert show_examination(database, actor=THE_OPERATOR)["waiting"]

    for _ in range(2):
        asked.examine(runtime)

    kept = show_examination(database, actor=THE_OPERATOR)
    assert not kept["waiting"]
    by_subject = {one["subject"]: one["level"] for one in kept["findings"]}
    assert by_subject["database"] == "ok"
    assert set(by_subject.values()) <= {"ok", "warn", "fail"}
    assert len(kept["findings"]) < 100
