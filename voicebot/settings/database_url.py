"""A database's address as people paste it: from Supabase's page, from Prisma's, with a password that is not encoded.

The result is an address that libpq takes: parts that only other programs understand are left out.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

EXPECTED = "expected an address like postgresql://user:password@host:5432/postgres"
NOT_ENCODED = r"(?!%[0-9A-Fa-f]{2})%"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
LIBPQ = frozenset(
    [
        "application_name",
        "channel_binding",
        "client_encoding",
        "connect_timeout",
        "dbname",
        "fallback_application_name",
        "gssdelegation",
        "gssencmode",
        "gsslib",
        "host",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "max_protocol_version",
        "min_protocol_version",
        "options",
        "passfile",
        "password",
        "port",
        "replication",
        "require_auth",
        "requirepeer",
        "service",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcert",
        "sslcertmode",
        "sslcompression",
        "sslcrl",
        "sslcrldir",
        "sslkey",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
        "user",
    ]
)
OF_OTHER_PROGRAMS = frozenset(
    [
        "pgbouncer",
        "connection_limit",
        "pool_timeout",
        "socket_timeout",
        "statement_cache_size",
        "schema",
        "pool_mode",
        "pool_size",
        "max_connections",
        "maximum_pool_size",
        "minimum_pool_size",
        "supa",
        "workaround",
        "uselibpqcompat",
        "preparethreshold",
        "prepared_statements",
        "statement_cache_mode",
        "prepared_statement_cache_size",
        "binary_parameters",
        "currentschema",
        "search_path",
        "client_min_messages",
        "single_use_connections",
    ]
)
"""What Prisma, Vercel, JDBC and other drivers add for themselves: how they pool and prepare is not how we do."""

_SCHEME = re.compile(r"(jdbc:)?postgres(?:ql)?(?:\+\w+)?://", re.IGNORECASE)
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+(?:%25\w+)?\]|%2[Ff][\w.%+-]*)"
_PLACE = rf"{_HOST}(?::\d{{0,5}})?"
_TAIL = re.compile(
    rf"(?P<hosts>{_PLACE}(?:,{_PLACE})*|:\d{{1,5}}|)(?:/(?P<database>[^/?#@\s]*))?(?:\?(?P<query>[^\s#]*))?\Z"
)
_PLACEHOLDER = re.compile(
    r"\[(?:YOUR|DB|PROJECT|REF|REGION|PASS|HOST|USER)[\w -]*\]|<[\w -]+>|\$\{?\w*PASS\w*\}?|YOUR[-_ ]?(?:DB[-_ ]?)?PASSWORD",
    re.IGNORECASE,
)
_PRINTED = frozenset(
    [
        "your",
        "my",
        "the",
        "db",
        "database",
        "project",
        "projectid",
        "ref",
        "reference",
        "id",
        "region",
        "pass",
        "password",
        "host",
        "hostname",
        "user",
        "username",
        "name",
        "url",
        "port",
        "pooler",
    ]
)
"""The words of placeholders, as pages print them."""


@dataclass(frozen=True)
class DatabaseUrl:
    """The parts of a database's address, decoded."""

    user: str
    password: str | None
    hosts: str
    database: str
    arguments: dict[str, str]

    @property
    def is_remote(self) -> bool:
        """Whether the connection leaves this machine, or the network of its containers."""
        hosts = [self.arguments.get("host") or self.arguments.get("hostaddr") or "", *self.hosts.split(",")]
        names = [re.sub(r":\d*\Z", "", host).strip("[]") for host in hosts if host]
        return any("." in name or ":" in name for name in names if not _is_here(name))

    @property
    def is_encrypted(self) -> bool:
        """Whether an address forbids unencrypted connections, whatever the server offers."""
        return self.arguments.get("sslmode", "") in ("require", "verify-ca", "verify-full")

    def __str__(self) -> str:
        secret = "" if self.password is None else f":{quote(self.password, safe='')}"
        who = f"{quote(self.user, safe='')}{secret}@" if self.user or secret else ""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.arguments.items())
        path = f"/{quote(self.database, safe='')}" if self.database or self.arguments else ""
        return f"postgresql://{who}{self.hosts}{path}{f'?{query}' if query else ''}"


def read_database_url(text: str) -> DatabaseUrl:
    """Read an address. Raises ValueError with the names of its arguments only."""
    text = text.strip().rstrip(";").strip("\"'")
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise ValueError(_advice(text))
    if re.search(r"[\s\x00-\x1f]", text):
        raise ValueError(f"{EXPECTED}, without spaces: write a space in the password as %20")
    who, tail = _split(text[scheme.end() :], has_user=not scheme[1])
    arguments = _arguments(tail["query"] or "")
    user, colon, password = who.partition(":")
    found = DatabaseUrl(
        user=_decoded(user) or (arguments.pop("user", "") if scheme[1] else ""),
        password=_decoded(password) if colon else arguments.pop("password", None) if scheme[1] else None,
        hosts=tail["hosts"] or "",
        database=_decoded(tail["database"] or ""),
        arguments=arguments,
    )
    _refuse_placeholders(found)
    names_host = found.hosts.strip(":0123456789") or {"host", "hostaddr", "service"} & set(arguments)
    if not names_host and (who or found.hosts or not found.database):
        raise ValueError(f"{EXPECTED}: it names no host")
    if re.fullmatch(r"\[.+\]", password):
        raise ValueError(
            "the password stands in [brackets]: leave them out, or write %5B and %5D if they belong to it"
        )
    return found


def database_url(text: str) -> str:
    """Return the address as libpq takes it. Raises ValueError as `read_database_url`."""
    return str(read_database_url(text))


def _split(rest: str, *, has_user: bool) -> tuple[str, re.Match[str]]:
    # A password may hold every sign that ends something in an address: the host follows the last @ behind which one can stand.
    places = [at.start() for at in re.finditer("@", rest)] if has_user else []
    for place in reversed(places):
        tail = _TAIL.match(rest, place + 1)
        if tail and _ports_exist(tail["hosts"]):
            return rest[:place], tail
    tail = _TAIL.match(rest) if not places else None
    if tail is None or not _ports_exist(tail["hosts"]):
        brackets = _PLACEHOLDER.search(rest)
        raise ValueError(_still_open(brackets[0]) if brackets else f"{EXPECTED}: host or port is none")
    return "", tail


def _ports_exist(hosts: str | None) -> bool:
    ports = re.findall(r":(\d+)(?=,|\Z)", re.sub(r"\[[^\]]*\]", "", hosts or ""))
    return all(0 < int(port) < 65536 for port in ports)


def _arguments(query: str) -> dict[str, str]:
    kept: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        written, _, value = part.partition("=")
        name, value = written.lower(), _decoded(value)
        if name in ("ssl", "sslaccept", "sslidentity"):
            kept |= _ssl(name, value)
        elif name in LIBPQ:
            kept[name] = value
        elif name not in OF_OTHER_PROGRAMS:
            shown = written if re.fullmatch(r"\w{1,40}", written, re.ASCII) else "an argument behind ?"
            raise ValueError(f"{shown} is known neither to Postgres nor to us: leave it out")
    if kept.get("sslmode") == "no-verify":
        kept["sslmode"] = "require"
    if "sslmode" in kept and kept["sslmode"] not in SSL_MODES:
        raise ValueError(f"sslmode: expected one of {', '.join(SSL_MODES)}")
    if "sslcert" in kept and "sslkey" not in kept:
        raise ValueError("sslcert needs sslkey; the certificate of the server's authority is sslrootcert")
    if not re.fullmatch(r"\d{1,4}", kept.get("connect_timeout", "10"), re.ASCII):
        raise ValueError("connect_timeout: expected whole seconds")
    return kept


def _ssl(name: str, value: str) -> dict[str, str]:
    """Translate what other drivers say about encryption."""
    if name == "ssl":
        return {"sslmode": "disable" if value.lower() in ("false", "0", "disable") else "require"}
    if name == "sslaccept" and value == "accept_invalid_certs":
        return {}
    instead = "sslcert and sslkey" if name == "sslidentity" else "sslmode=verify-full and sslrootcert=FILE"
    raise ValueError(f"{name} is Prisma's: write {instead}")


def _decoded(part: str) -> str:
    """Decode what was encoded; a % that begins no code was typed as it is, and so was everything beside it."""
    if re.search(NOT_ENCODED, part):
        return part
    try:
        decoded = unquote(part, errors="strict")
    except UnicodeDecodeError:
        return part
    return part if re.search(r"[\x00-\x1f\x7f]", decoded) else decoded


def _refuse_placeholders(found: DatabaseUrl) -> None:
    for part in (found.user, found.password or "", found.database):
        if (still := _PLACEHOLDER.search(part)) and (part is not found.password or still[0] == part):
            raise ValueError(_still_open(still[0]))


def _still_open(placeholder: str) -> str:
    # Somebody's password may look like one, and is not repeated.
    words = re.findall(r"[a-z]+|[0-9]+", placeholder.casefold())
    shown = placeholder if _PRINTED.issuperset(words) else "a placeholder"
    return f"{shown} is still to be filled in"


def _advice(text: str) -> str:
    if text.lower().startswith(("http://", "https://")):
        return f"{EXPECTED}; a project's https address is SUPABASE_URL"
    if text.lower().startswith(("prisma://", "prisma+postgres://")):
        return f"{EXPECTED}: Prisma's own proxy speaks no Postgres"
    if re.match(r"(psql\s|.*\b(host|server|user id)\s*=)", text, re.IGNORECASE | re.DOTALL):
        return f"{EXPECTED}: Supabase shows it under Connect as URI"
    return EXPECTED


def _is_here(name: str) -> bool:
    decoded = unquote(name)
    return decoded.startswith(("/", "127.")) or decoded in ("localhost", "::1")
