"""The options of one simulator: the account that it plays, where each number rings, and how fast time passes."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = "python -m simulator"

DATABASE_VARIABLE = "SIMULATOR_DATABASE_URL"
"""Default of `--database-url`: an address may hold a password, which an argument would show to everybody."""

TOKEN_VARIABLE = "SIMULATOR_AUTH_TOKEN"
"""Default of `--auth-token`, for the same reason."""


@dataclass(frozen=True)
class SimulatorConfig:
    """The account, the number and the pace of one simulator; `base_url` is where this simulator itself is reached."""

    account_sid: str
    auth_token: str = field(repr=False)
    number: str = "+12025550100"
    voice_url: str = ""
    status_url: str = ""
    fallback_url: str = ""
    sms_url: str = ""
    sms_fallback_url: str = ""
    messaging_service_sid: str = ""
    """The one Messaging Service of the account; empty accepts any well-formed sid."""
    lines: Mapping[str, str] = field(default_factory=dict)
    """Numbers of the account that the phone page offers by a name; one that is new is added to the account."""
    operator_number: str = "+12025550199"
    host: str = "127.0.0.1"
    port: int = 9100
    speed: float = 1.0
    """1 is real time, 20 is twenty times faster, 0 is compressed: sounds, pauses and timeouts take no time."""
    seed: int = 1
    data_dir: Path | None = None
    database_url: str = field(default="", repr=False)
    """The product's database, which the phone page shows rows of; empty shows none."""

    @property
    def base_url(self) -> str:
        """The root of every address this simulator hands out."""
        return f"http://{self.host}:{self.port}"


def add_serve_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `serve`; `config_from` reads them back."""
    parser.add_argument("--account-sid", required=True, help="AC and 32 hex digits; the product's account")
    parser.add_argument(
        "--auth-token",
        default=os.environ.get(TOKEN_VARIABLE) or None,
        required=not os.environ.get(TOKEN_VARIABLE),
        help=f"signs webhooks and opens the REST API (default: {TOKEN_VARIABLE})",
    )
    parser.add_argument("--number", default="+12025550100", help="the bot's own number")
    parser.add_argument(
        "--line",
        action="append",
        default=[],
        type=_line,
        metavar="NUMBER=NAME",
        help="a number that the phone page offers by this name; once for each",
    )
    parser.add_argument("--voice-url", default="", help="what a call to the number fetches")
    parser.add_argument("--status-url", default="", help="told when a call to the number has ended")
    parser.add_argument("--fallback-url", default="", help="fetched when the voice URL fails")
    parser.add_argument("--sms-url", default="", help="what a text to the number is posted to")
    parser.add_argument("--sms-fallback-url", default="", help="posted to when the SMS URL fails")
    parser.add_argument("--messaging-service-sid", default="", help="MG…; empty takes any")
    parser.add_argument("--operator-number", default="+12025550199", help="who picks up transfers")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100, help="0 takes a free port and prints it")
    parser.add_argument("--speed", type=float, default=1.0, help="1 real time, 20 faster, 0 compressed")
    parser.add_argument("--seed", type=int, default=1, help="draws latencies and hostile behaviour")
    parser.add_argument("--data", type=Path, default=None, help="folder for what is kept between starts")
    parser.add_argument(
        "--database-url",
        default=os.environ.get(DATABASE_VARIABLE, ""),
        help=f"the product's Postgres, whose rows the phone page shows (default: {DATABASE_VARIABLE})",
    )


def config_from(arguments: argparse.Namespace) -> SimulatorConfig:
    """The configuration that the parsed options of `serve` describe."""
    return SimulatorConfig(
        account_sid=arguments.account_sid,
        auth_token=arguments.auth_token,
        number=arguments.number,
        lines=dict(arguments.line),
        voice_url=arguments.voice_url,
        status_url=arguments.status_url,
        fallback_url=arguments.fallback_url,
        sms_url=arguments.sms_url,
        sms_fallback_url=arguments.sms_fallback_url,
        messaging_service_sid=arguments.messaging_service_sid,
        operator_number=arguments.operator_number,
        host=arguments.host,
        port=arguments.port,
        speed=arguments.speed,
        seed=arguments.seed,
        data_dir=arguments.data,
        database_url=arguments.database_url,
    )


def _line(told: str) -> tuple[str, str]:
    number, equals, name = told.partition("=")
    if not (equals and name and number.startswith("+")):
        raise argparse.ArgumentTypeError(f"{told!r} is no NUMBER=NAME")
    return number, name
