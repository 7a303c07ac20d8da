"""Check everything that a call needs, and say what to do about each fault."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from voicebot.limits import WorkerLimits
from voicebot.runtime import Runtime
from voicebot.services.doctor.backlog import (
    check_backlog,
    check_caps,
    check_codes,
    check_escalations,
    check_spool,
    check_unanswered,
)
from voicebot.services.doctor.findings import Finding, fail, ok, warn
from voicebot.services.doctor.incidents import check_incidents
from voicebot.services.doctor.keeping import check_keeping
from voicebot.services.doctor.mail import check_mail
from voicebot.services.doctor.outside import check_numbers, check_providers, check_public_address
from voicebot.services.doctor.sockets import check_public_sockets
from voicebot.services.doctor.webhooks import check_webhooks
from voicebot.settings import Settings, SettingsError, load_settings, secret_files
from voicebot.settings.database_url import read_database_url
from voicebot.storage.database import DatabaseAway, DatabaseBug, why_away
from voicebot.storage.embedded.server import EmbeddedServerError
from voicebot.storage.migrate.apply import SQL_FOLDER
from voicebot.storage.migrate.history import read_folder
from voicebot.telemetry.logs import scrub

OLDEST_JOB_S = 60
WITHOUT_WORKER = "no text is answered or sent, no summary is written"
HOSTED = ".supabase.co"
MIGRATE = "run `python -m voicebot migrate`"


def diagnose_environment(environ: Mapping[str, str], build: Callable[[Settings], Runtime]) -> list[Finding]:
    """Diagnose what `environ` configures, also when it is so wrong that no runtime can be built from it."""
    try:
        settings = load_settings(environ)
    except SettingsError as error:
        return [
            fail("settings", line, "correct the variable that is named") for line in str(error).splitlines()
        ]
    try:
        runtime = build(settings)
    except (EmbeddedServerError, OSError) as error:
        lost = fail(
            "database",
            f"the embedded database does not start: {error}",
            "mend that; its folder has log files, too",
        )
        return [*check_settings(settings), check_data_folder(settings), lost]
    try:
        return diagnose(runtime)
    finally:
        runtime.database.close()


def diagnose(runtime: Runtime) -> list[Finding]:
    """Return every finding, good ones too, in the order in which one would mend them."""
    settings = runtime.settings
    return [
        *check_settings(settings),
        check_data_folder(settings),
        *check_database(runtime),
        *check_backlog(runtime),
        *check_escalations(runtime),
        *check_codes(runtime),
        *check_caps(runtime),
        *check_unanswered(runtime),
        *check_spool(settings),
        *check_mail(runtime),
        *check_webhooks(runtime),
        *check_keeping(runtime),
        *check_incidents(runtime),
        *check_providers(runtime),
        *check_numbers(runtime),
        check_public_address(settings, runtime.carriers.main),
        check_public_sockets(settings, runtime.carriers.main),
    ]


def check_settings(settings: Settings) -> list[Finding]:
    """Judge what is allowed but will not do in the long run."""
    found = [
        ok("settings", "complete; no account is set, so the simulator stands in for every provider")
        if settings.offline
        else ok("settings", "complete; every account is set")
    ]
    if settings.generated and not settings.offline:
        names = " and ".join(sorted(name.upper() for name in settings.generated))
        found.append(
            warn(
                "settings",
                f"{names} lie in the data folder",
                "set them, alike on all machines, if there are several",
            )
        )
    if settings.supabase_url and not settings.supabase_db_url:
        found.append(
            warn(
                "settings",
                "without SUPABASE_DB_URL no worker and no migration can run",
                f"set SUPABASE_DB_URL: {WITHOUT_WORKER} without the worker. {where_to_look(settings.supabase_url)}",
            )
        )
    found += _judge_encryption(settings.supabase_db_url)
    return found + ([] if settings.offline else _judge_public_url(settings.public_url))


def _judge_encryption(address: str) -> list[Finding]:
    database = read_database_url(address) if address else None
    if database is None or not database.is_remote or database.is_encrypted:
        return []
    said = (
        "says sslmode=" + database.arguments["sslmode"]
        if "sslmode" in database.arguments
        else "has no sslmode"
    )
    return [
        warn(
            "SUPABASE_DB_URL",
            f"leads to another machine and {said}: words and numbers may travel unencrypted",
            "add ?sslmode=require, or &sslmode=require where a ? is there already",
        )
    ]


def where_to_look(supabase_url: str) -> str:
    """Say where Supabase shows the connection string of the project at this address."""
    host = urlsplit(supabase_url).hostname or ""
    if host == "localhost" or host.startswith("127."):
        return "`supabase status` prints the connection string of a local project as its DB URL"
    # Behind a domain of the project's own the dashboard asks which project is meant.
    project = host.removesuffix(HOSTED) if host.endswith(HOSTED) else "_"
    return (
        "Supabase shows the connection string under Connect, at the top of the project's page "
        f"(https://supabase.com/dashboard/project/{project}?showConnect=true): take the session pooler, or the direct "
        "connection where this machine has IPv6, and put the database password into it "
        f"(a new one: https://supabase.com/dashboard/project/{project}/database/settings)"
    )


def check_data_folder(settings: Settings) -> Finding:
    """Write and fsync a file there."""
    try:
        secret_files.probe(settings.data_dir)
    except OSError as error:
        return fail(
            "data folder",
            f"{settings.data_dir} does not take a file: {error.strerror}",
            "make it writable for this user, free space, or set VOICEBOT_DATA_DIR",
        )
    return ok("data folder", f"{settings.data_dir} takes files")


def check_database(runtime: Runtime) -> list[Finding]:
    """Ask the database for its health, and judge migrations and worker by the answer."""
    try:
        health = runtime.database.call("health")
    except DatabaseAway:
        return [
            fail("database", _away(runtime.settings), _start_database(runtime.settings)),
        ]
    except DatabaseBug as error:
        return [fail("database", f"reachable, but health() fails with {error.sqlstate}", MIGRATE)]
    reached = ok("database", f"reachable, version {health['server_version']}")
    return [reached, _judge_migrations(health["migrations"]), *_judge_jobs(health["jobs"])]


def _away(settings: Settings) -> str:
    why = scrub(why_away(settings))
    return f"cannot be reached: {why}" if why else "cannot be reached"


def _start_database(settings: Settings) -> str:
    if settings.supabase_url or settings.supabase_db_url:
        return "start it, or correct SUPABASE_DB_URL or SUPABASE_URL and its key"
    return "run `python -m voicebot db start`: no other database is configured than the embedded one"


def _judge_public_url(public_url: str) -> list[Finding]:
    address = urlsplit(public_url)
    host = address.hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1":
        do = "set PUBLIC_URL to the https address at which a proxy or tunnel leads here"
        return [fail("PUBLIC_URL", "is this machine's own address: Twilio cannot reach it", do)]
    if "_" in host:
        # Handbook 1.4.
        return [
            fail("PUBLIC_URL", "has an underscore in its host: Twilio refuses it", "use another host name")
        ]
    if address.scheme != "https":
        return [warn("PUBLIC_URL", "is not https: calls can be listened to", "serve it with a certificate")]
    return []


def _judge_migrations(migrations: Mapping[str, Any]) -> Finding:
    names = [file.name for file in read_folder(SQL_FOLDER / "migrations")]
    applied, latest = int(migrations["applied"]), migrations["latest"]
    if (applied, latest) == (len(names), names[-1]):
        return ok("migrations", f"all {applied} are applied")
    if latest and latest > names[-1]:
        do = "run the newer version of this program that made it"
        return fail("migrations", f"the database has {latest}, which this version does not know", do)
    return fail("migrations", f"{applied} of {len(names)} are applied", MIGRATE)


def _judge_jobs(jobs: Mapping[str, Any]) -> list[Finding]:
    age, oldest = jobs["heartbeat_age_s"], float(jobs["oldest_due_s"])
    found = []
    if age is None or age > WorkerLimits().heartbeat_limit_s:
        seen = "none was ever seen" if age is None else f"the last was seen {age:.0f} s ago"
        do = "start `python -m voicebot worker`"
        found.append(fail("worker", f"no worker runs ({seen}): {WITHOUT_WORKER}", do))
    else:
        found.append(ok("worker", f"seen {age:.0f} s ago"))
    if oldest > OLDEST_JOB_S:
        do = "look at the worker's log; start another one if it is busy"
        found.append(warn("jobs", f"{jobs['due']} wait, the oldest for {oldest:.0f} s", do))
    if jobs["failed"]:
        found.append(warn("jobs", f"{jobs['failed']} have failed for good", "look at the worker's log"))
    return found
