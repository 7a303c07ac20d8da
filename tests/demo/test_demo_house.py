"""The demo never uses an account, wherever one is set."""

import socket
from pathlib import Path

import pytest

from voicebot.demo.house import free_ports
from voicebot.demo.place import demo_environ, demo_folder
from voicebot.settings import SettingsError, load_settings

SIMULATOR = "http://127.0.0.1:9199"
ACCOUNT = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "1" * 32,
    "TWILIO_PHONE_NUMBER": "+13035550142",
    "OPENAI_API_KEY": "sk-real",
    "ELEVENLABS_API_KEY": "el-real",
    "PUBLIC_URL": "https://bot.example.com",
    "SMTP_URL": "smtp://mail.example.com",
    "MAIL_FROM": "bot@mail.example.com",
    "OPERATOR_EMAIL": "ann@mail.example.com",
    "VOICE_TRANSPORT": "relay",
    "SUPABASE_DB_URL": "postgresql://somebody@db.example.com/real",
    "SUPABASE_URL": "https://real.supabase.co",
    "SECRET_KEY": "the real root of every signature",
    "PGPORT": "6543",
    "VOICEBOT_DATA_DIR": "/srv/voicebot",
}


def in_a_file(folder: Path) -> str:
    """Write the account into a file of settings; return its path."""
    file = folder / "account.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in ACCOUNT.items()))
    return str(file)


def test_accounts_in_the_environment_and_in_a_file_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ = ACCOUNT | {"VOICEBOT_ENV_FILE": in_a_file(tmp_path), "PATH": "/bin"}

    left = demo_environ(environ, SIMULATOR, 8123)

    assert left["PATH"] == "/bin"
    assert not ({"VOICEBOT_ENV_FILE", *ACCOUNT} - {"VOICEBOT_DATA_DIR", "VOICE_TRANSPORT"}) & set(left)
    settings = load_settings(left)
    assert settings.data_dir == demo_folder() == tmp_path / ".voicebot-demo"
    # What carries a call is not the account's to say: the demo's own line is on a stream.
    assert settings.voice_transport == "media"
    assert not settings.supabase_db_url
    assert settings.offline
    assert settings.public_url == "http://127.0.0.1:8123"
    assert settings.twilio_api_base == SIMULATOR
    assert settings.openai_base_url.startswith(SIMULATOR)
    assert settings.elevenlabs_base_url.startswith(SIMULATOR)
    assert settings.smtp_url == "smtp://127.0.0.1:9200"
    assert "ann@mail.example.com" not in settings.operator_email


def test_the_demo_listens_where_the_settings_say_and_says_where_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        taken, free = first.getsockname()[1], second.getsockname()[1]
        second.close()

        web, simulator = free_ports(
            {"PORT": str(taken), "VOICEBOT_SIMULATOR_URL": f"http://127.0.0.1:{free}"}, said.append
        )

    assert simulator == free
    assert web != taken
    assert said == [f"port {taken} is taken: the service listens on {web}"]


def test_the_demo_leaves_room_for_mail_beside_the_simulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wanted, beside = neighbours()
    with beside:
        _, simulator = free_ports({"VOICEBOT_SIMULATOR_URL": f"http://127.0.0.1:{wanted}"}, print)

    assert simulator != wanted


def neighbours() -> tuple[int, socket.socket]:
    """A free port, and a socket that listens on the one after it."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = first.getsockname()[1]
        try:
            return port, socket.create_server(("127.0.0.1", port + 1))
        except (OSError, OverflowError):
            continue


def test_a_port_that_is_none_is_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError, match="PORT"):
        free_ports({"PORT": "http"}, print)


def test_the_demos_texts_are_from_its_shop_unless_told_otherwise() -> None:
    assert demo_environ({}, SIMULATOR, 8123)["VOICEBOT_SERVICE_NAME"] == "Harbour Street Bicycles"
    assert demo_environ({"VOICEBOT_SERVICE_NAME": "Mine"}, SIMULATOR, 8123)["VOICEBOT_SERVICE_NAME"] == "Mine"
