"""The configuration: complete, or one message that says what is wrong."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.given_settings import ACCOUNTS, environ, refusal
from voicebot.settings import Settings, load_settings, settings_table
from voicebot.settings.secret_files import probe, read_or_make

__all__ = ["environ"]

# --- no account, all accounts, some ---------------------------------------------------------------


def test_without_accounts_every_provider_is_the_simulator(environ):
    settings = load_settings(environ)

    assert settings.offline
    assert settings.bind_host == "127.0.0.1"
    assert settings.twilio_api_base == "http://127.0.0.1:9100"
    assert settings.openai_base_url == "http://127.0.0.1:9100/openai/v1"
    assert settings.elevenlabs_base_url == "http://127.0.0.1:9100/elevenlabs"
    assert settings.twilio_phone_number == "+12025550100"
    assert settings.allowed_countries == ("US",)
    assert settings.smtp_url == "smtp://127.0.0.1:9101"
    assert settings.mail_from.endswith("@example.com")
    assert all(address.endswith("@example.com") for address in settings.operator_email)


def test_the_simulator_may_listen_elsewhere(environ):
    settings = load_settings(environ | {"VOICEBOT_SIMULATOR_URL": "http://127.0.0.1:9777/"})

    assert settings.twilio_api_base == "http://127.0.0.1:9777"
    assert settings.elevenlabs_base_url == "http://127.0.0.1:9777/elevenlabs"


def test_a_base_url_of_ones_own_wins_over_the_simulator(environ):
    settings = load_settings(environ | {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"})

    assert settings.openai_base_url == "http://127.0.0.1:11434/v1"
    assert settings.twilio_api_base == "http://127.0.0.1:9100"


def test_with_all_accounts_the_providers_own_hosts_are_used(environ):
    settings = load_settings(environ | ACCOUNTS)

    assert not settings.offline
    assert settings.twilio_api_base == ""
    assert settings.openai_base_url == "https://api.openai.com/v1"
    assert settings.allowed_countries == ("GB",)


def test_with_accounts_other_machines_may_be_let_in(environ):
    assert load_settings(environ | ACCOUNTS | {"VOICEBOT_BIND_HOST": "0.0.0.0"}).bind_host == "0.0.0.0"


@pytest.mark.parametrize("missing", ACCOUNTS)
def test_some_accounts_but_not_all_stop_the_start_and_name_what_is_missing(environ, missing):
    some = {name: value for name, value in ACCOUNTS.items() if name != missing}

    message = refusal(environ | some)

    assert message.startswith(f"{missing}: not set")


@pytest.mark.parametrize("given", ACCOUNTS)
def test_one_account_alone_is_not_taken_for_none(environ, given):
    message = refusal(environ | {given: ACCOUNTS[given]})

    assert all(name in message.split(":")[0] for name in ACCOUNTS if name != given)


def test_an_empty_value_counts_as_unset(environ):
    settings = load_settings(environ | dict.fromkeys(ACCOUNTS, "") | {"PORT": " "})

    assert settings.offline
    assert settings.port == 8080


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "abc", "integer"),
        ("PORT", "0", "greater than or equal to 1"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("PUBLIC_URL", "voice.example.com", "https://example.com"),
        ("PUBLIC_URL", "https://", "https://example.com"),
        ("PUBLIC_URL", "https://h:port", "https://example.com"),
        ("PUBLIC_URL", "https://h/?a=1", "without ?"),
        ("PUBLIC_WS_URL", "https://h", "wss://"),
        ("TWILIO_ACCOUNT_SID", "AC12", "32 hexadecimal digits"),
        ("TWILIO_AUTH_TOKEN", "one-token,second-token,third-token", "two separated by a comma"),
        ("TWILIO_AUTH_TOKEN", "one-token,", "two separated by a comma"),
        ("TWILIO_PHONE_NUMBER", "2025550100", "E.164"),
        ("OPERATOR_PHONE_NUMBER", "+1202555", "E.164"),
        ("ALLOWED_COUNTRIES", "US,UK", "GB"),
        ("ALLOWED_COUNTRIES", ",", "two-letter"),
        ("VOICEBOT_TOOL_HOSTS", "http://10.0.0.5", "like booking.internal,10.0.0.5:8080"),
        ("VOICEBOT_TOOL_HOSTS", "*.internal", "like booking.internal,10.0.0.5:8080"),
        ("CALLS_PER_SECOND", "nan", "finite number"),
        ("CALLS_PER_SECOND", "0", "greater than 0"),
        ("MAX_CALL_SECONDS", "1e9", "integer"),
        ("REQUIRE_PLAN", "perhaps", "boolean"),
        ("HELP_ANSWERED_BY", "them", "'twilio' or 'us'"),
        ("VOICE_TRANSPORT", "stream", "'gather', 'relay' or 'media'"),
        ("VOICEBOT_TIMEZONE", "Mars/Olympus", "like Europe/Berlin or UTC"),
        ("VOICEBOT_TIMEZONE", "../../etc/passwd", "like Europe/Berlin or UTC"),
        ("VOICEBOT_TIMEZONE", "Europe", "like Europe/Berlin or UTC"),
        ("VOICEBOT_LOG_LEVEL", "loud", "'debug', 'info'"),
        ("VOICEBOT_WEB_WORKERS", "0", "greater than or equal to 1"),
        ("SUPABASE_DB_URL", "mysql://h/db", "postgresql://"),
        ("SECRET_KEY", "short", "at least 16"),
        ("VOICEBOT_BIND_HOST", "localhost", "0.0.0.0"),
        ("VOICEBOT_BIND_HOST", "0.0.0.0", "as long as no account is set"),
        ("VOICEBOT_BIND_HOST", "::", "as long as no account is set"),
        ("VOICEBOT_ENV_FILE", "/nowhere/at/all", "readable text file"),
    ],
)
def test_a_wrong_value_stops_the_start_and_says_what_is_expected(environ, name, value, expected):
    message = refusal(environ | {name: value})

    assert message.startswith(f"{name}: ")
    assert expected in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "SECRET_KEY", "CREDENTIALS_KEY", "SUPABASE_DB_URL"])
def test_a_refused_secret_is_not_repeated(environ, name):
    canary = "can,ary,x"

    message = refusal(environ | {name: canary})

    assert name in message
    assert canary not in message


def test_every_wrong_value_is_named_at_once(environ):
    lines = refusal(environ | {"PORT": "x", "REQUIRE_PLAN": "x"}).splitlines()

    assert [line.split(":")[0] for line in lines] == ["PORT", "REQUIRE_PLAN"]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("VOICEBOT_DATADIR", "did you mean VOICEBOT_DATA_DIR?"),
        ("VOICEBOT_PORT", "did you mean PORT?"),
        ("VOICEBOT_PROT", "did you mean PORT?"),
        ("VOICEBOT_MAX_CALS", "did you mean VOICEBOT_MAX_CALLS?"),
        ("VOICEBOT_OFFLINE", "there is no such setting"),
        ("VOICEBOT_QQQQQQ", "there is no such setting"),
        ("VOICEBOT_TYPO", "there is no such setting"),
    ],
)
def test_an_unknown_variable_of_ours_stops_the_start(environ, name, suggestion):
    message = refusal(environ | {name: "1"})

    assert message.startswith(f"{name}: ")
    assert message.endswith(suggestion)


def test_the_environment_of_the_process_does_not_leak_into_given_settings(environ, monkeypatch):
    monkeypatch.setenv("PORT", "9999")

    assert load_settings(environ).port == 8080


def test_a_file_may_hold_values_and_the_environment_wins(environ, tmp_path):
    file = tmp_path / "settings.env"
    file.write_text("PORT=9001\nMAX_CALL_SECONDS=600 # ten minutes\nPUBLIC_URL='https://from.file'\n")

    settings = load_settings(environ | {"VOICEBOT_ENV_FILE": str(file), "PORT": "9002", "PUBLIC_URL": ""})

    assert (settings.port, settings.max_call_seconds, settings.public_url) == (9002, 600, "https://from.file")


# --- addresses, tokens, the database --------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "public_url", "public_ws_url"),
    [
        ({}, "http://127.0.0.1:8080", "ws://127.0.0.1:8080"),
        ({"PORT": "9003"}, "http://127.0.0.1:9003", "ws://127.0.0.1:9003"),
        ({"PUBLIC_URL": "https://bot.example.com/"}, "https://bot.example.com", "wss://bot.example.com"),
        ({"PUBLIC_URL": "https://example.com/bot"}, "https://example.com/bot", "wss://example.com/bot"),
        (
            {"PUBLIC_URL": "https://bot.example.com", "PUBLIC_WS_URL": "wss://live.example.com"},
            "https://bot.example.com",
            "wss://live.example.com",
        ),
    ],
)
def test_public_addresses_follow_from_each_other(environ, given, public_url, public_ws_url):
    settings = load_settings(environ | given)

    assert (settings.public_url, settings.public_ws_url) == (public_url, public_ws_url)


def test_two_tokens_are_accepted_while_they_rotate(environ):
    settings = load_settings(environ | ACCOUNTS | {"TWILIO_AUTH_TOKEN": "new-token , old-token"})

    assert settings.twilio_auth_tokens == ("new-token", "old-token")


def test_a_number_of_no_country_needs_the_countries_spelt_out(environ):
    satellite = environ | ACCOUNTS | {"TWILIO_PHONE_NUMBER": "+881612345678"}

    assert refusal(satellite).startswith("ALLOWED_COUNTRIES: ")
    assert load_settings(satellite | {"ALLOWED_COUNTRIES": "us, ca"}).allowed_countries == ("US", "CA")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SUPABASE_URL": "https://x.supabase.co"}, "SUPABASE_SERVICE_ROLE_KEY"),
        ({"SUPABASE_SERVICE_ROLE_KEY": "k"}, "SUPABASE_URL"),
    ],
)
def test_half_a_database_stops_the_start(environ, given, named):
    assert refusal(environ | given).startswith(f"{named}: not set")


def test_the_database_is_chosen_apart_from_the_accounts(environ):
    settings = load_settings(environ | {"SUPABASE_DB_URL": "postgresql://u:p@db/postgres"})

    assert settings.offline
    assert settings.supabase_db_url == "postgresql://u:p@db/postgres"


# --- secrets --------------------------------------------------------------------------------------


def test_generated_secrets_are_kept_and_closed_to_others(environ, tmp_path):
    first = load_settings(environ)
    second = load_settings(environ)

    kept = ("twilio_account_sid", "twilio_auth_token", "secret_key", "credentials_key")
    assert [getattr(first, name) for name in kept] == [getattr(second, name) for name in kept]
    assert len({getattr(first, name) for name in kept}) == len(kept)
    for name in kept:
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600


def test_a_given_secret_is_not_replaced(environ, tmp_path):
    settings = load_settings(environ | {"SECRET_KEY": "x" * 40})

    assert settings.secret_key == "x" * 40
    assert settings.generated == {"credentials_key"}
    assert not (tmp_path / "data" / "secret_key").exists()


def test_a_generated_secret_is_warned_about_once_where_machines_may_share(environ, caplog):
    load_settings(environ | ACCOUNTS)
    load_settings(environ | ACCOUNTS)

    assert [record.getMessage() for record in caplog.records] == [
        "SECRET_KEY made; several machines must share one",
        "CREDENTIALS_KEY made; several machines must share one",
    ]


def test_processes_that_start_together_agree_on_a_secret(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        made = list(
            pool.map(lambda number: read_or_make(tmp_path, "key", lambda: f"secret-{number}"), range(64))
        )

    assert len({value for value, _ in made}) == 1
    assert sum(new for _, new in made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "data").write_text("a file in its place")

    assert refusal({"VOICEBOT_DATA_DIR": str(tmp_path / "data")}).startswith("VOICEBOT_DATA_DIR: ")


def test_the_probe_leaves_nothing_and_fails_where_nothing_can_be_written(tmp_path):
    probe(tmp_path / "data")

    assert list((tmp_path / "data").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        probe(tmp_path / "file")


def test_each_purpose_has_a_key_of_its_own(environ, tmp_path):
    settings = load_settings(environ)
    other = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path / "other")})

    keys = {settings.derived_key("speech"), settings.derived_key("session"), other.derived_key("speech")}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
    assert settings.derived_key("speech") == load_settings(environ).derived_key("speech")


def test_neither_str_nor_repr_show_secrets(environ):
    secrets = {
        **ACCOUNTS,
        "SECRET_KEY": "canary-secret-key-0123",
        "CREDENTIALS_KEY": "canary-credentials-0123",
        "SUPABASE_URL": "https://x.supabase.co",
        "SUPABASE_SERVICE_ROLE_KEY": "canary-service-role",
        "SUPABASE_DB_URL": "postgresql://u:canary-password@db/postgres",
        "VOICEBOT_METRICS_TOKEN": "canary-metrics",
    }

    settings = load_settings(environ | secrets)

    for shown in (repr(settings), str(settings)):
        assert "canary" not in shown
        assert ACCOUNTS["TWILIO_AUTH_TOKEN"] not in shown
    assert "port=8080" in repr(settings)


def test_settings_do_not_change(environ):
    settings = load_settings(environ)

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


# --- the table ------------------------------------------------------------------------------------


def test_the_table_explains_every_variable_that_is_read():
    names = [name for name, _, _ in settings_table()]

    # The file's own name is read besides the fields; two of those are found out.
    assert len(set(names)) == len(names) == len(Settings.model_fields) - len({"offline", "generated"}) + 1
    assert all(text.endswith(".") and len(text) > 10 for _, _, text in settings_table())
