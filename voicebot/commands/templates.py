"""`templates`: what the bot says and knows, as files: list, show, new, edit, apply, publish, try; its own tools: ask, secret."""

import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from voicebot.commands.connection import display_zone, moment_of, opened_database, opened_runtime, typed_time
from voicebot.commands.pages.template_page import (
    edited,
    findings_json,
    read_file,
    show_difference,
    show_findings,
    show_tried,
)
from voicebot.commands.paging import add_paging, part_of, say_more
from voicebot.commands.screen import CommandFailed, plain, quoted, say, show_json, show_list, show_table, when
from voicebot.domain.page_cursor import BY_NAME
from voicebot.domain.templates.starter import starter
from voicebot.domain.templates.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.services.templates import edit, own_tools, try_draft
from voicebot.services.templates.edit import NotPublishable, VoiceUnknown
from voicebot.services.templates.try_draft import Said
from voicebot.storage.catalogue import templates
from voicebot.storage.catalogue.templates import StoredTemplate, TemplateRefused
from voicebot.transports.template_yaml import TemplateUnreadable, read_template, read_yaml, write_template

FIELDS = ("name", "greeting", "prompt", "voice", "description")
"""What `edit` takes as options of their own; everything else by --set, or in the editor."""
WORDS = {
    "unknown_template": "there is no template of this name; `python -m voicebot templates list` shows them",
    "ambiguous_template": "several templates have this name; say its id, as `templates list --json` shows it",
    "unknown_version": "there is no such version",
    "name_taken": "another template has this name",
    "changed_meanwhile": "somebody changed it meanwhile; look at it again",
    "not_allowed": "this is not yours to change",
    "operators_only": "only operators may change this",
    "another_teams_number": "a number to transfer to belongs to another organization",
}
STARTER = """\
name: {name}
prompt: |
  You are the friendly telephone assistant of {{{{line}}}}.
facts:
  - This line was set up a moment ago, and nobody has told me anything yet.
tools: [end_call, transfer, change_voice, take_message]
"""


def add_commands(commands: Any) -> None:
    """Add `templates`."""
    templates = commands.add_parser(
        "templates",
        description="Templates: what the bot is, says and knows on a number. `edit` changes the draft; calls run what was published.",
    )
    actions = templates.add_subparsers(metavar="ACTION", required=True)

    add_paging(_add(actions, "list", run_list, "list the templates"), limit=50)

    showing = _add(actions, "show", run_show, "print a template as YAML, as `apply` takes it")
    showing.add_argument("template", help="its name or id")
    which = showing.add_mutually_exclusive_group()
    which.add_argument("--published", action="store_true", help="what calls run, not the draft")
    which.add_argument("--version", type=_version, help="an earlier version")

    making = _add(actions, "new", run_new, "make a template to start from")
    making.add_argument("name", help="what the line is called")
    making.add_argument("--from", dest="like", metavar="TEMPLATE", help="begin with a copy of this one")

    editing = _add(actions, "edit", run_edit, "change a draft: in your editor ($EDITOR), or by these options")
    editing.add_argument("template", help="its name or id")
    for name in FIELDS:
        editing.add_argument(f"--{name}", help=f"the new {name}")
    editing.add_argument("--fact", action="append", metavar="SENTENCE", help="one more fact; may be repeated")
    editing.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any key, its value as YAML"
    )
    editing.add_argument("--publish", action="store_true", help="have calls run it at once")

    applying = _add(actions, "apply", run_apply, "make or change the template that a file describes")
    applying.add_argument("file", type=Path, help="a YAML file, or - for standard input")
    applying.add_argument("--publish", action="store_true", help="have calls run it at once")
    applying.add_argument("--dry-run", action="store_true", help="only show what would change")

    publishing = _add(actions, "publish", run_publish, "have calls that begin from now on run the draft")
    publishing.add_argument("template", help="its name or id")
    publishing.add_argument("--version", type=_version, help="what an earlier version said, as a new version")

    trying = _add(actions, "try", run_try, "talk with a draft in writing; nothing is kept")
    trying.add_argument("template", help="its name or id, or a YAML file")
    trying.add_argument(
        "--no-tools", action="store_true", help="ask no tools of its own; else marked as a trial"
    )
    trying.add_argument("--at", type=typed_time, help="as if it were then, as 2026-12-24T19:00+01:00")

    asking = _add(actions, "ask", run_ask, "ask a tool of its own, as a call would")
    asking.add_argument("template", help="its name or id")
    asking.add_argument("tool", help="its name in own_tools of the draft")
    asking.add_argument("said", nargs="*", metavar="NAME=VALUE", help="an argument of the tool")
    asking.add_argument("--caller", default="", metavar="NUMBER", help="who is calling, as +12025550123")
    asking.add_argument("--verified", action="store_true", help="as if the caller had given a code")

    words = "print the secret that the requests of its own tools are signed with"
    _add(actions, "secret", run_secret, words).add_argument("template", help="its name or id")


def _add(actions: Any, name: str, run: Any, words: str) -> Any:
    parser = actions.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    if name not in ("try", "ask", "secret"):
        parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)
    return parser


def run_list(arguments: Namespace) -> int:
    """List templates."""
    part = part_of(arguments, BY_NAME)
    with opened_database() as database:
        page = templates.list_templates(database, part)
    if arguments.json:
        show_list("templates", (row.to_json() for row in page.rows), page.next)
        return 0
    zone = display_zone()
    table = [
        (
            row.draft.name,
            f"version {row.version}" if row.version else "not published",
            "changed" if row.changed and row.version else "",
            ", ".join(row.numbers) or "-",
            when(row.updated_at, zone),
        )
        for row in page.rows
    ]
    empty = "No templates. `python -m voicebot templates new NAME` makes one."
    show_table(("Name", "Calls run", "Draft", "Numbers", f"Changed ({zone.key})"), table, empty=empty)
    say_more(page)
    return 0


def run_show(arguments: Namespace) -> int:
    """Print a template."""

    with opened_database() as database, _refusals():
        row, versions = templates.show_template(database, arguments.template)
        version = arguments.version or (row.version if arguments.published else None)
        if arguments.published and version is None:
            raise CommandFailed("nothing of it was published yet")
        shown = templates.show_version(database, row.id, version) if version else row.draft
    if arguments.json:
        numbers = [{"version": each.version, "published_at": each.published_at} for each in versions]
        show_json(row.to_json() | {"shown": shown.written(), "versions": numbers})
        return 0
    for problem in row.unreadable if version is None else ():
        sys.stderr.write(f"left out, because it breaks a rule: {plain(problem)}\n")
    say(write_template(shown).rstrip())
    return 0


def run_new(arguments: Namespace) -> int:
    """Make a template."""

    with opened_runtime() as runtime, _refusals():
        if arguments.like:
            like, _ = templates.show_template(runtime.database, arguments.like)
            draft = edit.changed(like.draft, {"name": arguments.name})
        else:
            greeting = starter(runtime.settings.home_language)
            new = {"name": arguments.name, "greeting": greeting}
            draft = edit.changed(read_template(STARTER.format(name="line")), new)
        made = edit.make(runtime, draft)
    if arguments.json:
        show_json(made.to_json())
        return 0
    say(f"Made the template {made.draft.name}. Next:")
    name = quoted(made.draft.name)
    for step in (f"edit {name}", f"try {name}", f"publish {name}"):
        say(f"  python -m voicebot templates {step}")
    return 0


def run_edit(arguments: Namespace) -> int:
    """Change a draft."""

    changes = _changes(arguments)
    with opened_runtime() as runtime, _refusals():
        known, _ = templates.show_template(runtime.database, arguments.template)
        if arguments.fact:
            changes["facts"] = [*known.draft.facts, *arguments.fact]
        if changes:
            draft = edit.changed(known.draft, changes)
        else:
            draft = edited(write_template(known.draft), known.draft)
        return _keep(runtime, known, draft, arguments)


def run_apply(arguments: Namespace) -> int:
    """Make or change the template of a file."""

    draft = read_file(arguments.file)
    with opened_runtime() as runtime, _refusals():
        return _keep(runtime, edit.named(runtime, draft.name), draft, arguments)


def run_publish(arguments: Namespace) -> int:
    """Publish a draft, or an earlier version anew."""

    with opened_runtime() as runtime, _refusals():
        known, _ = templates.show_template(runtime.database, arguments.template)
        if arguments.version:
            earlier = templates.show_version(runtime.database, known.id, arguments.version)
            if not arguments.json:
                # The draft becomes what that version said: what it said instead is shown once more.
                show_difference(edit.difference(known.draft, earlier))
            known = edit.save(runtime, known, earlier)
        return _publish(runtime, known, json=arguments.json)


def run_try(arguments: Namespace) -> int:
    """Talk with a draft."""

    path, at = Path(arguments.template), arguments.at and moment_of(arguments.at)
    with opened_runtime() as runtime, _refusals():
        if path.suffix in (".yaml", ".yml"):
            draft = read_file(path)
            known = edit.named(runtime, draft.name) if draft.own_tools else None
        else:
            known, _ = templates.show_template(runtime.database, arguments.template)
            draft = known.draft
        template_id = str(known.id) if known and not arguments.no_tools else ""
        if draft.own_tools and not known:
            sys.stderr.write(
                "its own tools are asked once `templates apply` has kept it: their secret is the template's\n"
            )
        lines = [Said("bot", try_draft.greeting(runtime, draft, at))]
        say(f"   bot  {plain(lines[0].text)}")
        while asked := _asked():
            lines.append(Said("caller", asked))
            tried = try_draft.answer(runtime, draft, lines, at, template_id=template_id)
            show_tried(tried)
            lines += [Said("bot", tried.text)] if tried.text else []
    return 0


def run_ask(arguments: Namespace) -> int:
    """Ask a tool of a draft, and print what a model would be told."""
    pairs = [each.partition("=") for each in arguments.said]
    if wrong := next((name for name, sign, _ in pairs if not sign), ""):
        raise CommandFailed(f"expected NAME=VALUE, not {wrong[:60]!r}", code=2)
    with opened_runtime() as runtime, _refusals():
        known, _ = templates.show_template(runtime.database, arguments.template)
        content = templates.row_of_template(known.draft, None) | {"id": str(known.id)}
        language = known.draft.languages[0] if known.draft.languages else runtime.settings.home_language
        said = {name: value for name, _, value in pairs}
        wish = own_tools.Wish(
            uuid4().hex, said, arguments.caller, language, arguments.verified, is_trial=True
        )
        asked = own_tools.use_own_tool(runtime, content, arguments.tool, wish)
    if asked is None:
        names = ", ".join(tool.name for tool in known.draft.own_tools) or "none"
        raise CommandFailed(f"the draft has no tool of its own with this name; it has {names}", code=2)
    if asked.failed:
        raise CommandFailed(
            f"the system was not reached or failed ({asked.failed}); a caller would be told so"
        )
    say(("" if asked.ok else "Not done: ") + plain(asked.text))
    return 0 if asked.ok else 1


def run_secret(arguments: Namespace) -> int:
    """Print the secret that the system behind a template's own tools checks signatures with."""
    with opened_runtime() as runtime, _refusals():
        known, _ = templates.show_template(runtime.database, arguments.template)
        say(own_tools.secret_of(runtime.settings, str(known.id)))
    return 0


# --- pieces ---------------------------------------------------------------------------------------


def _keep(runtime: Runtime, known: StoredTemplate | None, draft: CallTemplate, arguments: Namespace) -> int:

    for problem in known.unreadable if known else ():
        sys.stderr.write(f"left out, because it breaks a rule: {plain(problem)}\n")
    lines = edit.difference(known.draft if known else None, draft)
    dry = getattr(arguments, "dry_run", False)
    if not arguments.json:
        show_difference(lines)
    elif dry:
        show_json({"name": draft.name, "difference": lines})
    if dry:
        return 0
    kept = edit.keep(runtime, known, draft)
    if arguments.publish:
        return _publish(runtime, kept, json=arguments.json)
    findings = edit.looked_at(runtime, kept)
    if arguments.json:
        show_json(kept.to_json() | {"findings": findings_json(findings)})
        return 0
    show_findings(findings)
    name = quoted(kept.draft.name)
    say(f"Kept the draft of {plain(kept.draft.name)}.")
    if kept.changed:
        say(f"Calls run it after `python -m voicebot templates publish {name}`.")
    return 0


def _publish(runtime: Runtime, known: StoredTemplate, *, json: bool) -> int:

    try:
        done = edit.publish(runtime, known)
    except NotPublishable as error:
        if json:
            show_json({"published": False, "findings": findings_json(error.findings)})
        else:
            show_findings(error.findings)
        raise CommandFailed("not published: mend the errors above, then publish again") from None
    template = done.template
    if json:
        show_json(template.to_json() | {"published": done.new, "findings": findings_json(done.findings)})
        return 0
    show_findings(done.findings)
    what = f"version {template.version} of {plain(template.draft.name)}"
    say(
        f"Published {what}: the next call runs it."
        if done.new
        else f"Nothing changed: calls run {what} already."
    )
    if not template.numbers:
        name = quoted(template.draft.name)
        say(f"No number leads to it yet: `python -m voicebot numbers connect +1… --template {name}`.")
    return 0


def _changes(arguments: Namespace) -> dict[str, Any]:

    changes: dict[str, Any] = {
        name: getattr(arguments, name) for name in FIELDS if getattr(arguments, name) is not None
    }
    for pair in arguments.set:
        key, sign, value = pair.partition("=")
        if not sign:
            raise CommandFailed("--set: expected a key, an equals sign and a value, as voice=Alice", code=2)
        with _refusals():
            read = read_yaml(value)
        changes[key.strip()] = None if read == "" else read
    return changes


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what services and storage refuse into one line."""

    try:
        yield
    except TemplateRefused as refused:
        raise CommandFailed(WORDS.get(refused.code, refused.code)) from None
    except (VoiceUnknown, TemplateUnreadable) as error:
        raise CommandFailed(str(error), code=2) from None


def _asked() -> str:
    try:
        prompt = "caller  " if sys.stdin.isatty() else ""
        return input(prompt).strip()
    except EOFError:
        return ""


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise ArgumentTypeError("expected the number of a version, from 1 on")
    return int(text)
