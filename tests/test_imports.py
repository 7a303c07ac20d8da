"""Who imports whom: what every package may know of the others, and where the libraries stand."""

import ast

from tests.support.source_tree import ROOT, is_in, modules, names, where

OURS = ("voicebot", "webhooks", "simulator")
# What may be imported of ours, by the longest prefix of the importing module that is listed here.
MAY_IMPORT = {
    "voicebot.domain": ("voicebot.domain",),
    "voicebot.transports": ("voicebot.domain", "voicebot.transports"),
    "voicebot.settings": ("voicebot.domain", "voicebot.settings"),
    # What gunicorn loads before anything else of ours.
    "voicebot.serving": ("voicebot.limits", "voicebot.serving", "voicebot.sockets.upgraded"),
    # Websockets and what they may hold: a leaf.
    "voicebot.sockets": ("voicebot.sockets",),
    "voicebot.telemetry": ("voicebot.domain", "voicebot.settings", "voicebot.telemetry"),
    "voicebot.providers": (
        "voicebot.domain", "voicebot.providers", "voicebot.sockets", "voicebot.telemetry", "voicebot.transports",
    ),
    "voicebot.storage": (
        "voicebot.domain", "voicebot.settings", "voicebot.sockets.system_poll", "voicebot.storage", "voicebot.telemetry",
    ),
    "voicebot.prompts": (),
    "voicebot.limits": ("voicebot.sockets.limits",),
    "voicebot.live_calls": (),
    # The ports, handed down: it knows no adapter and no use case.
    "voicebot.runtime": (
        "voicebot.domain", "voicebot.limits", "voicebot.live_calls", "voicebot.providers.carriers", "voicebot.providers.clips",
        "voicebot.providers.ports", "voicebot.providers.slots", "voicebot.settings", "voicebot.sockets",
        "voicebot.storage.database", "voicebot.storage.tapes", "voicebot.storage.spool.facts", "voicebot.storage.spool.files",
        "voicebot.worker.hint",
    ),
    "voicebot.current_runtime": ("voicebot.runtime",),
    "voicebot.wiring": (
        "voicebot.domain", "voicebot.limits", "voicebot.providers", "voicebot.runtime", "voicebot.settings",
        "voicebot.storage",
    ),
    "voicebot.services": (
        "voicebot.domain", "voicebot.limits", "voicebot.prompts", "voicebot.providers", "voicebot.runtime",
        "voicebot.services", "voicebot.settings", "voicebot.sockets", "voicebot.storage", "voicebot.telemetry",
        "voicebot.transports",
    ),
    "voicebot.worker": (
        "voicebot.domain", "voicebot.limits", "voicebot.providers.ports", "voicebot.runtime", "voicebot.services",
        "voicebot.settings", "voicebot.storage", "voicebot.telemetry", "voicebot.wiring", "voicebot.worker",
    ),
    # What lies under everything else: a hint to the workers, with no knowledge of their work.
    "voicebot.worker.hint": ("voicebot.limits", "voicebot.storage.database"),
    "voicebot.api": (
        "voicebot.api", "voicebot.current_runtime", "voicebot.domain", "voicebot.providers.ports", "voicebot.runtime",
        "voicebot.services", "voicebot.settings", "voicebot.storage", "voicebot.telemetry", "voicebot.transports",
    ),
    "voicebot.console": (
        "voicebot.console", "voicebot.current_runtime", "voicebot.domain", "voicebot.providers.ports", "voicebot.runtime",
        "voicebot.services", "voicebot.settings", "voicebot.storage", "voicebot.telemetry", "voicebot.transports",
    ),
    "voicebot.pages": ("voicebot.api", "voicebot.pages", "voicebot.settings"),
    "voicebot.commands": (
        "voicebot.cli", "voicebot.commands", "voicebot.demo", "voicebot.domain", "voicebot.limits",
        "voicebot.providers.ports", "voicebot.runtime", "voicebot.services", "voicebot.settings",
        "voicebot.storage", "voicebot.telemetry", "voicebot.transports", "voicebot.wiring", "voicebot.worker",
    ),
    "voicebot.cli": (
        "voicebot.commands", "voicebot.demo.place", "voicebot.providers.ports", "voicebot.settings",
        "voicebot.storage", "voicebot.telemetry",
    ),
    "voicebot.__main__": ("voicebot.cli",),
    # Of the product the demo alone knows the simulator: it starts it, and phones and texts through it.
    "voicebot.demo": (
        "simulator.house", "simulator.phone.client", "simulator.phone.line_words", "voicebot",
    ),
    # It may share the vocal cords and the audio codec, never what we believe about Twilio.
    "simulator": (
        "simulator", "voicebot.providers.local", "voicebot.providers.ports", "voicebot.transports.audio",
    ),
    # It starts the service, for the demo, for tests and benchmarks.
    "simulator.house": ("simulator", "voicebot"),
    "webhooks": (
        "voicebot.api.blueprint", "voicebot.console.blueprint", "voicebot.current_runtime", "voicebot.domain",
        "voicebot.pages.blueprint", "voicebot.runtime", "voicebot.services", "voicebot.settings", "voicebot.sockets",
        "voicebot.storage", "voicebot.telemetry", "voicebot.transports", "webhooks",
    ),
    "wsgi": ("voicebot", "webhooks"),
    "gunicorn.conf": ("voicebot.settings", "voicebot.telemetry", "wsgi"),
}  # fmt: skip
# Where a library may be imported; the simulator stands in for providers, so their SDKs are none of its business.
PLACES = {
    "flask": (
        "webhooks.", "voicebot.api.", "voicebot.console.", "voicebot.current_runtime", "voicebot.pages.", "simulator.",
    ),
    "twilio": ("voicebot.providers.twilio", "voicebot.transports.twilio.twiml", "webhooks.guard"),
    "openai": ("voicebot.providers.openai",),
    "elevenlabs": ("voicebot.providers.elevenlabs",),
    "httpx": ("voicebot.providers.", "voicebot.storage.database."),
    "requests": ("voicebot.providers.", "simulator."),
    "supabase": ("voicebot.storage.database.",),
    "psycopg": ("voicebot.storage.", "voicebot.worker", "simulator."),
    "smtplib": ("voicebot.providers.",),
    "psycopg_pool": ("voicebot.storage.database.", "voicebot.worker.jobs"),
    "procrastinate": ("voicebot.worker",),
    "websockets": ("voicebot.sockets.", "simulator."),
    # Storage waits and syncs the way the process is run, and one reader asks the system for all sockets at once, which gevent
    # hides; everything else is plain threads that gevent patches.
    "gevent": ("wsgi", "gunicorn.conf", "simulator.", "voicebot.sockets.reading", "voicebot.storage."),
}  # fmt: skip
# Who may import inside functions: the command line, so that `--help` is quick; the demo's command, which says what an
# interruption of its long loading means; Twilio's client and the voice activity model, whose libraries are loaded at first use; gunicorn, which has to
# patch before anything is loaded; and programs that patch first.
IMPORTS_LATE = {
    "voicebot.cli", "voicebot.commands.tools", "voicebot.providers.twilio.client", "gunicorn.conf",
    "simulator.__main__",
}  # fmt: skip
PURE = ("voicebot.domain", "voicebot.transports")
DOES_SOMETHING = {
    "asyncio", "http", "httpx", "logging", "os", "queue", "random", "requests", "secrets", "socket", "sqlite3",
    "subprocess", "tempfile", "threading", "time", "urllib.request",
}  # fmt: skip
MOST_MODULES = 20


def row(name: str) -> str | None:
    """The row that holds for a module."""
    return max((one for one in MAY_IMPORT if is_in(name, (one,))), key=len, default=None)


def test_there_is_something_to_look_at():
    assert {
        "voicebot.domain.call.flow",
        "webhooks.guard",
        "voicebot.settings",
        "simulator.house",
        "wsgi",
    } <= names()


def test_every_package_has_a_row():
    assert [module.name for module in modules() if not row(module.name) and module.name != "voicebot"] == []


def test_imports_point_inwards():
    wrong = [
        f"{where(module, line)} {row(module.name)} imports {imported}"
        for module in modules()
        for imported, line in module.imports()
        # `from voicebot import prompts` names the package and means the module in it.
        if is_in(imported, OURS) and imported != "voicebot"
        if not is_in(imported, MAY_IMPORT.get(row(module.name) or "", ()))
    ]

    assert wrong == []


def test_the_packages_of_the_domain_form_no_circle():
    knows: dict[str, set[str]] = {}
    for module in modules():
        if (package := package_of(module.name)) is not None:
            others = {package_of(imported) for imported, _ in module.imports()}
            knows.setdefault(package, set()).update(other for other in others - {None, package} if other)
    left = dict(knows)
    while left:
        free = [package for package, others in left.items() if not others & set(left)]
        assert free, f"these know each other: {left}"
        for package in free:
            del left[package]


def package_of(name: str) -> str | None:
    """The package of the domain that a module stands in."""
    parts = name.split(".")
    return ".".join(parts[:3]) if parts[:2] == ["voicebot", "domain"] and len(parts) > 3 else None


def test_imports_stand_at_the_top():
    late = [
        f"{where(module, inner.lineno)} {name}"
        for module in modules()
        if module.name not in IMPORTS_LATE
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        for name in (
            [inner.module or ""] if isinstance(inner, ast.ImportFrom) else [one.name for one in inner.names]
        )
        if is_in(name, OURS)
    ]
    for_types_alone = [where(module, 1) for module in modules() if "TYPE_CHECKING" in module.text]

    assert (late, for_types_alone) == ([], [])


def test_a_folder_holds_at_most_twenty_modules():
    counts: dict[str, int] = {}
    paths = {module.path for module in modules()} | {
        path for folder in ("tests", "simulator", "benchmarks") for path in (ROOT / folder).rglob("*.py")
    }
    for path in paths:
        if path.name != "__init__.py":
            folder = str(path.parent.relative_to(ROOT))
            counts[folder] = counts.get(folder, 0) + 1

    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


def test_libraries_stay_in_their_places():
    wrong = [
        f"{where(module, line)} imports {imported}"
        for module in modules()
        for imported, line in module.imports()
        if imported.split(".")[0] in PLACES and not is_in(module.name, PLACES[imported.split(".")[0]])
    ]

    assert wrong == []


def test_domain_and_transports_do_nothing_but_compute():
    wrong = [
        f"{where(module, line)} imports {imported}"
        for module in modules()
        if is_in(module.name, PURE)
        for imported, line in module.imports()
        if imported in DOES_SOMETHING or imported.split(".")[0] in DOES_SOMETHING
    ]
    opened = [
        where(module, node.lineno)
        for module in modules()
        if is_in(module.name, PURE)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "print", "input")
    ]

    assert (wrong, opened) == ([], [])
