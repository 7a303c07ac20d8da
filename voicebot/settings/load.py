"""Read the configuration once: typed, checked and complete, or one message that says what is wrong.

No account at all means the simulator on this machine; some accounts but not all stop the start,
because half a configuration fails call by call, where nobody looks.
"""

import ipaddress
import logging
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import ValidationError

from voicebot.domain.person.phone import country as country_of
from voicebot.settings.misspelt import RENAMED, closest, meant_setting
from voicebot.settings.model import SIMULATOR_API_KEY, Settings
from voicebot.settings.secret_files import read_or_make

__all__ = ["Settings", "SettingsError", "data_folder", "load_settings", "settings_table"]

OWN_PREFIX = "VOICEBOT_"
ENV_FILE = "VOICEBOT_ENV_FILE"
SIMULATED_PHONE_NUMBER = "+12025550100"
SIMULATED_SENDER, SIMULATED_OPERATOR = "voicebot@example.com", "operator@example.com"
# The simulator plays all of them at once, so they are set together or not at all.
ACCOUNTS = (
    "twilio_account_sid",
    "twilio_auth_token",
    "twilio_phone_number",
    "openai_api_key",
    "elevenlabs_api_key",
)

logger = logging.getLogger(__name__)


class SettingsError(Exception):
    """The configuration cannot be used; the text is the one message to show."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (default: the process's own). Raises SettingsError.

    VOICEBOT_ENV_FILE may name a file of NAME=value lines; the environment wins over it. An empty
    value counts as unset. Secrets that are unset are made once in the data folder.
    """
    given = _given(os.environ if environ is None else environ)
    _refuse_unknown(given)
    names = {_variable_of(name): name for name in Settings.model_fields if _is_variable(name)}
    values: dict[str, Any] = {names[key]: value for key, value in given.items() if key in names}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError(_one_message(error)) from None
    settings = settings.model_copy(update={"data_dir": _absolute(settings.data_dir)})
    _refuse_half(settings)
    return _completed(settings)


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the data folder is or will be, before anything is made in it. Raises SettingsError."""
    given = _given(os.environ if environ is None else environ)
    return _absolute(Path(given.get("VOICEBOT_DATA_DIR") or Settings.model_fields["data_dir"].default))


def _absolute(folder: Path) -> Path:
    return folder.expanduser().absolute()


def settings_table() -> list[tuple[str, str, str]]:
    """Return (variable, default, help) of every setting, in the order of README's table."""
    rows = [
        (_variable_of(name), _default_text(name), info.description or "")
        for name, info in Settings.model_fields.items()
        if _is_variable(name)
    ]
    return [*rows, (ENV_FILE, "", "File of `NAME=value` lines; the environment wins over it.")]


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


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    return _filled(_file_values(environ.get(ENV_FILE, ""))) | _filled(environ)


def _filled(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value.strip() for name, value in values.items() if value and value.strip()}


def _file_values(path: str) -> dict[str, str | None]:
    if not path:
        return {}
    try:
        with Path(path).open(encoding="utf-8") as file:
            return dotenv_values(stream=file, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{ENV_FILE}: expected a readable text file, not {path} ({error})") from error


def _refuse_unknown(given: Mapping[str, str]) -> None:
    known = {row[0] for row in settings_table()}
    for name in sorted(given):
        if name in RENAMED:
            raise SettingsError(f"{name}: this setting is called {RENAMED[name]} now")
        own = name.startswith(OWN_PREFIX) and name not in known
        meant = _suggestion(name, known) if own else meant_setting(name, known, given.keys())
        if own or meant:
            suggestion = f"; did you mean {meant}?" if meant else ""
            raise SettingsError(f"{name}: there is no such setting{suggestion}")


def _suggestion(name: str, known: set[str]) -> str | None:
    # Compared without the prefix: alike in nothing else, two names are not alike.
    by_rest = {one.removeprefix(OWN_PREFIX): one for one in sorted(known)}
    rest = closest(name.removeprefix(OWN_PREFIX), by_rest)
    return by_rest[rest] if rest else None


def _one_message(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        variable = _variable_of(str(problem["loc"][0]))
        message = problem["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        lines.append(f"{variable}: {message[0].lower()}{message[1:]}")
    return "\n".join(lines)


def _refuse_half(settings: Settings) -> None:
    missing = [_variable_of(name) for name in ACCOUNTS if not getattr(settings, name)]
    if missing and len(missing) < len(ACCOUNTS):
        raise SettingsError(
            f"{', '.join(missing)}: not set, while other accounts are. Set all of "
            f"{', '.join(map(_variable_of, ACCOUNTS))}, or none of them to run with the simulator"
        )
    if settings.supabase_service_role_key and not settings.supabase_url:
        raise SettingsError("SUPABASE_URL: not set, while SUPABASE_SERVICE_ROLE_KEY is. Set both")
    if settings.supabase_url and not (settings.supabase_service_role_key or settings.supabase_db_url):
        raise SettingsError(
            "SUPABASE_SERVICE_ROLE_KEY: not set, while SUPABASE_URL is. Set it, or SUPABASE_DB_URL, or neither"
        )


def _refuse_half_mail(settings: Settings) -> None:
    if settings.smtp_url and not settings.mail_from:
        raise SettingsError("MAIL_FROM: not set, while SMTP_URL is. Set both")
    for name in ("mail_from", "operator_email"):
        if getattr(settings, name) and not settings.smtp_url:
            raise SettingsError(f"SMTP_URL: not set, while {_variable_of(name)} is. Set it, or neither")
    if settings.digest_at and not settings.operator_email:
        raise SettingsError(
            "OPERATOR_EMAIL: not set, while VOICEBOT_DIGEST_AT is: nobody would get the digest"
        )


def _completed(settings: Settings) -> Settings:
    public_url = settings.public_url or f"http://127.0.0.1:{settings.port}"
    offline = not settings.twilio_account_sid
    if offline and not ipaddress.ip_address(settings.bind_host).is_loopback:
        raise SettingsError("VOICEBOT_BIND_HOST: expected 127.0.0.1 as long as no account is set")
    update: dict[str, Any] = {"offline": offline, "public_url": public_url}
    if offline:
        update |= _simulated(settings)
    if not settings.public_ws_url:
        update["public_ws_url"] = "ws" + public_url.removeprefix("http")
    if not settings.allowed_countries:
        number = settings.twilio_phone_number or SIMULATED_PHONE_NUMBER
        country = country_of(number)
        if country is None:
            raise SettingsError(
                "ALLOWED_COUNTRIES: expected country codes like US,CA: TWILIO_PHONE_NUMBER belongs to none"
            )
        update["allowed_countries"] = (country,)
    _refuse_half_mail(settings.model_copy(update=update))
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
        raise SettingsError(f"VOICEBOT_DATA_DIR: cannot keep {_variable_of(name)} there: {error}") from error
    if made and shared:
        logger.warning("%s made; several machines must share one", _variable_of(name))
    return value
