"""The command line as tests run it: in this process, with an environment of the test's."""

import io
import os
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from voicebot import cli

ACCOUNTS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "0" * 32,
    "TWILIO_PHONE_NUMBER": "+12025550100",
    "OPENAI_API_KEY": "sk-test",
    "ELEVENLABS_API_KEY": "xi-test",
}


Run = Callable[..., tuple[int, str, str]]


def printed_by(environ: Mapping[str, str], *argv: str) -> str:
    """Run a command that has to succeed, with this environment and no other; return what it prints."""
    page = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(page):
        for name in {*os.environ} - {*environ}:
            patch.delenv(name)
        for name, value in environ.items():
            patch.setenv(name, value)
        code = cli.main(argv)
    assert code == 0, page.getvalue()
    return page.getvalue()


@pytest.fixture
def environ(dsn: str, tmp_path: Path) -> dict[str, str]:
    """No account, the test's database, and no simulator to be found."""
    return {
        "SUPABASE_DB_URL": dsn,
        "VOICEBOT_DATA_DIR": str(tmp_path / "data"),
        "VOICEBOT_SIMULATOR_URL": "http://127.0.0.1:9",
    }


@pytest.fixture
def run(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; return exit code, stdout, stderr."""

    def command(*argv: str, **more: str) -> tuple[int, str, str]:
        for name in [*os.environ]:
            if name.startswith(("VOICEBOT_", "TWILIO_", "OPENAI_", "ELEVENLABS_", "SUPABASE_", "PUBLIC_")):
                monkeypatch.delenv(name)
        for name, value in (environ | more).items():
            monkeypatch.setenv(name, value)
        try:
            code = cli.main(argv)
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command
