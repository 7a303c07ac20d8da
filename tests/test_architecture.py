"""The rules of the house that no single test would notice: who imports whom, and what every part has to have."""

import ast
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from uuid import UUID

import pytest

from tests.support.accounts import carriers_of
from tests.support.source_tree import ROOT, Module, is_in, modules, names, where
from voicebot import prompts
from voicebot.settings import load_settings, settings_table
from webhooks.app import create_app

LONGEST_FILE, LONGEST_FUNCTION = 400, 60
OPEN_TO_THE_WORLD = {"/", "/icon.svg", "/style.css", "/api/v1/docs", "/api/v1/openapi.json"} | {
    "/healthz", "/readyz", "/metrics", "/speech/<token>",
    "/console/login", "/console/link", "/console/invitation", "/console/style.css", "/console/scripts/<name>.js",
    # What is no page: it is refused in words, or a slash too much is taken away.
    "/console/", "/console/<path:rest>",
}  # fmt: skip
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


# --- what happens at import -----------------------------------------------------------------------

IMPORT_ALL = """
import importlib, json, os, sys
def is_ours():
    # What a library does while it is imported is its own affair: who is at its module level just now?
    frame = sys._getframe(2)
    while frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return frame.f_code.co_filename.startswith((root + "/voicebot/", root + "/webhooks/", root + "/simulator/"))
def watch(event, arguments):
    does = event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.fork", "os.mkdir")
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if (does or writes) and is_ours():
        seen.append(f"{event} {arguments[0]}")
seen, root, names = [], os.getcwd(), json.loads(sys.argv[1])
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for name in names:
    importlib.import_module(name)
    if seen:
        sys.exit(f"importing {name} does {seen}")
"""


def test_importing_a_module_connects_to_nothing_and_writes_nothing():
    importable = [
        name
        for name in sorted(names())
        if is_in(name, ("voicebot", "webhooks", "simulator")) and "__main__" not in name
    ]

    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(importable)],
        cwd=ROOT,
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/bin:/bin",
            "VOICEBOT_NONSENSE": "would stop load_settings",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def _run_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for default in (*node.args.defaults, *(one for one in node.args.kw_defaults if one)):
                yield from (default, *_run_at_import(default))
        elif not (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)):
            yield node
            yield from _run_at_import(node)


def test_no_module_reads_the_environment_at_import():
    wrong = [
        where(module, node.lineno)
        for module in modules()
        for node in _run_at_import(module.tree)
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load)
        if (node.id if isinstance(node, ast.Name) else node.attr) in ("environ", "getenv")
        if ast.unparse(node) in ("os.environ", "os.getenv", "environ", "getenv")
    ]

    assert wrong == []


# --- routes ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path_factory.mktemp("data"))})
    # Nothing behind the guard is there: a handler that is reached fails.
    nothing = SimpleNamespace(call=lambda *_, **__: {"result": "refused"})
    return create_app(
        SimpleNamespace(settings=settings, carriers=carriers_of(settings), database=nothing, identity=None),
        threading.Event(),
    )


def test_every_route_is_guarded_or_listed_as_open(app):
    client = app.test_client()
    unsigned = [({}, "missing"), ({"X-Twilio-Signature": "A" * 28}, "wrong")]
    let_through = [
        f"{method} {path}: {kind}"
        for method, path in app.extensions["voicebot-webhooks"]
        for headers, kind in unsigned
        if client.open(path, method=method, headers=headers, data={"CallSid": "CA1"}).status_code != 403
    ]
    for rule in app.url_map.iter_rules():
        if rule.rule in OPEN_TO_THE_WORLD:
            continue
        if rule.rule.startswith("/console"):
            let_through += shown_without_signing_in(client, rule)
            continue
        path = rule.rule.replace("<", "").replace(">", "")
        for method in rule.methods:
            status = client.open(path, method=method, data={"CallSid": "CA1"}).status_code
            # The API asks for a key, and what Vapi tells for a proof.
            if status != (401 if path.startswith("/api/") else 403):
                let_through.append(f"{method} {path}: {status}")

    assert let_through == [], let_through


def shown_without_signing_in(client, rule):
    """The console leads to its sign-in, and refuses what is no page."""
    path = re.sub(r"<int:\w+>", "1", re.sub(r"<uuid:\w+>", str(UUID(int=0)), rule.rule))
    answers = [(method, client.open(path, method=method)) for method in rule.methods]
    return [
        f"{method} {path}: {answer.status_code}"
        for method, answer in answers
        if answer.status_code != 401
        and not (answer.status_code == 303 and answer.headers["Location"].startswith("/console/login?next="))
    ]


def test_every_twilio_route_of_the_design_is_there(app):
    posted = {path for method, path in app.extensions["voicebot-webhooks"] if method == "POST"}

    assert {
        "/twilio/voice",
        "/twilio/voice/turn",
        "/twilio/voice/status",
        "/twilio/voice/fallback",
        "/twilio/voice/recording",
        "/twilio/voice/amd",
        "/twilio/voice/transfer",
        "/twilio/voice/outbound",
    } <= posted
    assert {rule.rule for rule in app.url_map.iter_rules()} >= OPEN_TO_THE_WORLD


# --- texts ----------------------------------------------------------------------------------------


def test_every_setting_stands_in_readme_with_its_default_and_help():
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    table = [f"| `{name}` | {default} | {text} |" for name, default, text in settings_table()]

    missing = [row for row in table if row not in readme]

    assert missing == [], "README lacks:\n" + "\n".join(missing)


def test_every_variable_in_readmes_table_exists():
    known = {name for name, _, _ in settings_table()}
    rows = [
        line
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    shown = {row.split("`")[1] for row in rows if row.split("`")[1].isupper()}

    assert shown - known == set()


def test_every_prompt_renders_with_the_placeholders_it_declares():
    for path in ROOT.glob("prompts/*.md"):
        values = {name: f"<{name}>{{{{x}}}}" for name in prompts.placeholders(path.stem)}

        rendered = prompts.render(path.stem, **values)

        assert all(value in rendered for value in values.values()), path.name
        with pytest.raises(prompts.PromptError):
            prompts.render(path.stem, **values, one_too_many="")


def test_every_prompt_is_used_with_exactly_its_placeholders():
    used = {}
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "prompts.render":
                assert isinstance(node.args[0], ast.Constant), where(module, node.lineno)
                used[node.args[0].value] = {keyword.arg for keyword in node.keywords}

    assert used == {path.stem: prompts.placeholders(path.stem) for path in ROOT.glob("prompts/*.md")}


def test_no_twiml_is_put_together_by_hand():
    by_hand = [
        where(module, node.lineno)
        for module in modules()
        if not is_in(module.name, ("simulator",))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call)
        and "<Response" in "".join(_own_strings(node))
    ]

    assert by_hand == []


def _own_strings(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


# --- shape ----------------------------------------------------------------------------------------


def _public(module: Module) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for member in node.body:
                    if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                        yield f"{node.name}.{member.name}", member


def test_whatever_is_public_says_what_it_promises():
    silent = [
        f"{where(module, node.lineno)} {name}"
        for module in modules()
        for name, node in _public(module)
        if not ast.get_docstring(node)
    ]

    assert silent == []


def test_every_module_says_why_it_exists():
    assert [str(module.path) for module in modules() if not ast.get_docstring(module.tree)] == []


def test_files_and_functions_stay_readable():
    long_files = [
        f"{where(module, 1)} has {lines} lines"
        for module in modules()
        if (lines := len(module.text.splitlines())) > LONGEST_FILE
    ]
    long_functions = [
        f"{where(module, node.lineno)} {node.name} has {length} lines"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]

    assert (long_files, long_functions) == ([], [])


def test_every_module_is_named_after_something():
    assert [module.name for module in modules() if module.name.split(".")[-1] in NAMES_OF_NOTHING] == []
