"""Read the configuration once: typed, checked and complete, or one message that says what is wrong.

No account at all means the simulator on this machine; some accounts but not all stop the start,
because half a configuration fails call by call, where nobody looks.
"""

import logging
import os
import re
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv.parser import Original, parse_stream
from pydantic import ValidationError

from voicebot.domain.person.phone import country as country_of
from voicebot.settings.complaints import (
    contradictions,
    halves,
    misspelt_names,
    no_such_setting,
    wrong_values,
)
from voicebot.settings.model import SIMULATOR_API_KEY, Settings
from voicebot.settings.secret_files import read_or_make

__all__ = ["Settings", "SettingsError", "data_folder", "load_settings", "settings_table"]

ENV_FILE = "VOICEBOT_ENV_FILE"
SIMULATED_PHONE_NUMBER = "+12025550100"
SIMULATED_SENDER, SIMULATED_OPERATOR = "voicebot@example.com", "operator@example.com"
# Spaces, and marks that nobody sees.
_AROUND = re.compile(
    r"\A[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+|[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+\Z"
)

logger = logging.getLogger(__name__)


class SettingsError(Exception):
    """The configuration cannot be used; the text is the one message to show."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (default: the process's own). Raises SettingsError: a line for each fault.

    VOICEBOT_ENV_FILE may name a file of NAME=value lines; the environment wins over it. An empty
    value counts as unset. Secrets that are unset are made once in the data folder.
    """
    environ = os.environ if environ is None else environ
    of_file, unreadable = _file_values(environ.get(ENV_FILE, ""))
    given = _filled(of_file) | _filled(environ)
    names = _names()
    misspelt = misspelt_names(given, _filled(of_file), {*names, ENV_FILE})
    values: dict[str, Any] = {names[key]: value for key, value in given.items() if key in names}
    settings, wrong = _validated(values)
    # What was meant to be set is not missing as well.
    named = {*values, *(names[one] for one in misspelt.values() if one in names)}
    problems = [
        *unreadable,
        *(no_such_setting(name, one) for name, one in misspelt.items()),
        *wrong.values(),
        *halves(values.keys() - wrong.keys(), named, _variable_of),
        *contradictions(settings, named),
    ]
    if problems:
        raise SettingsError("\n".join(problems))
    return _completed(settings.model_copy(update={"data_dir": _absolute(settings.data_dir)}))


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the data folder is or will be, before anything is made in it. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    given = _filled(_file_values(environ.get(ENV_FILE, ""))[0]) | _filled(environ)
    return _absolute(Path(given.get("VOICEBOT_DATA_DIR") or Settings.model_fields["data_dir"].default))


def _absolute(folder: Path) -> Path:
    try:
        return folder.expanduser().absolute()
    except RuntimeError as error:
        raise SettingsError(f"VOICEBOT_DATA_DIR: {str(error).rstrip('.').lower()}") from error


def settings_table() -> list[tuple[str, str, str]]:
    """Return (variable, default, help) of every setting, in the order of README's table."""
    rows = [
        (_variable_of(name), _default_text(name), info.description or "")
        for name, info in Settings.model_fields.items()
        if _is_variable(name)
    ]
    return [*rows, (ENV_FILE, "", "File of `NAME=value` lines; the environment wins over it.")]


@cache
def _names() -> dict[str, str]:
    """Return the field of each variable."""
    return {_variable_of(name): name for name in Settings.model_fields if _is_variable(name)}


def _is_variable(name: str) -> bool:
    return not _extra(name).get("computed", False)


def _variable_of(name: str) -> str:
    return str(_extra(name).get("variable", name.upper()))


def _default_text(name: str) -> str:
    default = Settings.model_fields[name].default
    if "default_text" in _extra(name):
        return str(_extra(name)["default_text"])
    if default in ("", ()):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _extra(name: str) -> dict[str, Any]:
    extra = Settings.model_fields[name].json_schema_extra
    return extra if isinstance(extra, dict) else {}


def _filled(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: bare for name, value in values.items() if value and (bare := _bare(value))}


def _bare(value: str) -> str:
    """Return a value without what editors, and Docker's files of settings, leave around it."""
    text = _AROUND.sub("", value)
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1].strip() if is_quoted else text


def _file_values(path: str) -> tuple[dict[str, str | None], list[str]]:
    """Return what the file says, and what is wrong with its lines."""
    if not path:
        return {}, []
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            lines = list(parse_stream(file))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"{ENV_FILE}: expected a readable text file, not {path} ({reason})") from error
    wrong = [
        f"{ENV_FILE}: line {_number_of(line.original)} is not NAME=value: close its quotes, or write # before it"
        for line in lines
        if line.error or (line.key is not None and line.value is None)
    ]
    return {line.key: line.value for line in lines if line.key is not None}, wrong


def _number_of(original: Original) -> int:
    # Empty lines before a statement belong to it.
    text = original.string
    return original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _validated(values: dict[str, Any]) -> tuple[Settings, dict[str, str]]:
    """Return the settings, with defaults in place of wrong values, and a line about each of these."""
    try:
        return Settings(**values), {}
    except ValidationError as error:
        wrong = wrong_values(error, _variable_of)
    right = {name: value for name, value in values.items() if name not in wrong}
    return Settings(**right), wrong


def _completed(settings: Settings) -> Settings:
    public_url = settings.public_url or f"http://127.0.0.1:{settings.port}"
    offline = not settings.twilio_account_sid
    update: dict[str, Any] = {"offline": offline, "public_url": public_url}
    if offline:
        update |= _simulated(settings)
    if not settings.transcriber:
        # Every account is there, or none and the simulator plays them: ElevenLabs' key is among them.
        update["transcriber"] = "scribe"
    if not settings.public_ws_url:
        update["public_ws_url"] = "ws" + public_url.removeprefix("http")
    if not settings.allowed_countries:
        country = country_of(settings.twilio_phone_number or SIMULATED_PHONE_NUMBER)
        update["allowed_countries"] = (country,) if country else ()
    unset = [name for name in ("secret_key", "credentials_key") if not getattr(settings, name)]
    for name in unset:
        update[name] = _kept(settings, name, lambda: secrets.token_hex(32), shared=not offline)
    return settings.model_copy(update=update | {"generated": frozenset(unset)})


def _simulated(settings: Settings) -> dict[str, Any]:
    base = settings.simulator_url
    bases = {
        "twilio_api_base": base,
        "openai_base_url": f"{base}/openai/v1",
        "elevenlabs_base_url": f"{base}/elevenlabs",
        "deepgram_base_url": f"{base}/deepgram",
        "stt_base_url": f"{base}/own/v1",
    }
    simulated = {name: url for name, url in bases.items() if name not in settings.model_fields_set}
    if not settings.smtp_url:
        simulated |= _simulated_mail(settings)
    return simulated | {
        "twilio_account_sid": _kept(settings, "twilio_account_sid", lambda: f"AC{secrets.token_hex(16)}"),
        "twilio_auth_token": _kept(settings, "twilio_auth_token", lambda: secrets.token_hex(16)),
        "twilio_phone_number": SIMULATED_PHONE_NUMBER,
        "openai_api_key": SIMULATOR_API_KEY,
        "elevenlabs_api_key": SIMULATOR_API_KEY,
        "deepgram_api_key": SIMULATOR_API_KEY,
    }


def _simulated_mail(settings: Settings) -> dict[str, Any]:
    simulator = urlsplit(settings.simulator_url)
    port = simulator.port or (443 if simulator.scheme == "https" else 80)
    host = f"[{simulator.hostname}]" if ":" in (simulator.hostname or "") else simulator.hostname
    return {
        # The simulator takes mail on the port after its own; the last one has none after it.
        "smtp_url": f"smtp://{host}:{port + 1 if port < 65535 else port - 1}",
        "mail_from": settings.mail_from or SIMULATED_SENDER,
        "operator_email": settings.operator_email or (SIMULATED_OPERATOR,),
    }


def _kept(settings: Settings, name: str, make: Callable[[], str], *, shared: bool = False) -> str:
    try:
        value, made = read_or_make(settings.data_dir, name, make)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise SettingsError(
            f"VOICEBOT_DATA_DIR: {settings.data_dir} keeps no files ({why}): name a folder that this user may write"
        ) from error
    if made and shared:
        logger.warning("%s made; several machines must share one", _variable_of(name))
    return value
