"""A misspelt setting stops the start; another program's variable does not."""

import pytest

from tests.support.given_settings import ACCOUNTS, environ, refusal
from voicebot.settings import load_settings

__all__ = ["environ"]

OTHER_PROGRAMS = """
    HOME PATH PWD SHLVL LANG TERM USER HOST HOSTNAME OFFLINE POST SORT FORT PORTS PORT_ PORT1 PORTS_OPEN REPORT XPORT EXPORT
    IMPORT LOG_LEVEL DATA_DIR TIMEZONE TZ BIND_HOST WEB_WORKERS METRICS_TOKEN SERVICE_NAME API_KEY AUTH_TOKEN ACCOUNT_SID
    PHONE_NUMBER BASE_URL DB_URL VOICE_ID MODEL PUBLIC_KEY PUBLIC_IP PUBLIC_URI PUBLIC_PATH SECRET_KEY_BASE SECRETS SECRET
    OPENAI_ORG_ID OPENAI_ORGANIZATION OPENAI_PROJECT OPENAI_API_BASE OPENAI_API_VERSION OPENAI_MODELS OPENAI_API_KEY2
    OPENAI_EMBEDDING_MODEL OPENAI_MODEL_NAME OPENAI_TIMEOUT
    TWILIO_API_KEY TWILIO_API_SECRET TWILIO_REGION TWILIO_EDGE TWILIO_SERVICE_SID
    SUPABASE_ANON_KEY SUPABASE_JWT_SECRET SUPABASE_KEY SUPABASE_SERVICE_KEY SUPABASE_ACCESS_TOKEN SUPABASE_PUBLIC_URL
    ELEVEN_API_KEY XI_API_KEY ELEVENLABS_MODEL_ID ANTHROPIC_API_KEY DATABASE_URL REDIS_URL DOCKER_HOST KUBERNETES_PORT
    MAX_CALLS MAX_SECONDS CALLS_PER_MINUTE REQUIRE_HASHES OPERATOR_NAME
"""


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("OPENAI_MODLE", "OPENAI_MODEL"),
        ("OPEANI_API_KEY", "OPENAI_API_KEY"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
        ("TWILIO_ACOUNT_SID", "TWILIO_ACCOUNT_SID"),
        ("TWILIO_ACCONT_SDI", "TWILIO_ACCOUNT_SID"),
        ("TWILLIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_NUMBER", "TWILIO_PHONE_NUMBER"),
        ("MESSAGING_SERVICE_SID", "TWILIO_MESSAGING_SERVICE_SID"),
        ("ELEVENLABS_KEY", "ELEVENLABS_API_KEY"),
        ("ELEVENLABS_VOICE", "ELEVENLABS_VOICE_ID"),
        ("ELEVENLAB_API_KEY", "ELEVENLABS_API_KEY"),
        ("SUPABASE_SERVICE_ROLL_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
        ("SUPABASE_DB_ULR", "SUPABASE_DB_URL"),
        ("MAX_CALL_SECOND", "MAX_CALL_SECONDS"),
        ("ALOWED_COUNTRIES", "ALLOWED_COUNTRIES"),
        ("ALLOWED_COUNTRY", "ALLOWED_COUNTRIES"),
        ("MAX_DAILY_CALL_USD", "MAX_DAILY_CODE_CALLS_USD"),
        ("PUBLIC_ULR", "PUBLIC_URL"),
        ("PROT", "PORT"),
        ("VOCIEBOT_DATA_DIR", "VOICEBOT_DATA_DIR"),
        ("VOICE_BOT_TIMEZONE", "VOICEBOT_TIMEZONE"),
    ],
)
def test_a_misspelt_setting_stops_the_start_and_names_the_right_one(environ, tmp_path, name, meant):
    file = tmp_path / "env"
    file.write_text(f"{name}=x\n")
    expected = f"{name}: there is no such setting; did you mean {meant}?"

    assert refusal(environ | {name: "x"}) == expected
    assert refusal(environ | {"VOICEBOT_ENV_FILE": str(file)}) == expected


def test_the_old_name_of_a_setting_is_told_as_renamed_in_one_line(environ):
    assert refusal(environ | {"MAX_DAILY_CALLS_USD": "5"}) == (
        "MAX_DAILY_CALLS_USD: this setting is called MAX_DAILY_CODE_CALLS_USD now"
    )
    assert load_settings(environ | {"MAX_DAILY_CALLS_USD": ""}).max_daily_code_calls_usd == 20


@pytest.mark.parametrize("name", OTHER_PROGRAMS.split())
def test_other_programs_variables_are_none_of_our_business(environ, name):
    assert load_settings(environ | {name: "1"}).port == 8080


def test_a_word_left_out_is_no_slip_where_the_whole_name_is_given_too(environ):
    given = environ | ACCOUNTS | {"OPENAI_KEY": "another program's", "TWILIO_NUMBER": "too"}

    assert not load_settings(given).offline
    assert "OPENAI_API_KEY" in refusal(given | {"OPENAI_APY_KEY": "x"})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("OPENAI_MDL", "OPENAI_MODEL"),
        ("openai_model", "OPENAI_MODEL"),
        ("Twilio_Auth_Token", "TWILIO_AUTH_TOKEN"),
        ("PUBLICURL", "PUBLIC_URL"),
        ("ALOWED_COUNTRYES", "ALLOWED_COUNTRIES"),
        ("ELEVEN_LABS_APIKEY", "ELEVENLABS_API_KEY"),
        ("SMTP_URLS", "SMTP_URL"),
    ],
)
def test_in_a_file_of_ours_a_name_may_be_further_off_and_is_told_all_the_same(environ, tmp_path, name, meant):
    file = tmp_path / "env"
    file.write_text(f"{name}=x\n")

    message = refusal(environ | {"VOICEBOT_ENV_FILE": str(file)})

    assert message == f"{name}: there is no such setting; did you mean {meant}?"


@pytest.mark.parametrize("name", [one for one in OTHER_PROGRAMS.split() if one.isupper()])
def test_a_file_may_hold_other_programs_variables_too(environ, tmp_path, name):
    file = tmp_path / "env"
    file.write_text(f"{name}=1\n")

    assert load_settings(environ | {"VOICEBOT_ENV_FILE": str(file)}).port == 8080
