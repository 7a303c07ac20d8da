"""How templates are read, edited and looked at in a terminal."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from voicebot.commands.screen import CommandFailed, console, plain, say
from voicebot.domain.templates.lint import Finding
from voicebot.domain.templates.template import CallTemplate
from voicebot.services.templates.try_draft import Tried
from voicebot.transports.template_yaml import LONGEST_FILE, TemplateUnreadable, read_template


def read_file(path: Path) -> CallTemplate:
    """Return the template of a YAML file, or of standard input (`-`). Raises CommandFailed."""

    try:
        if str(path) == "-":
            text = sys.stdin.buffer.read(LONGEST_FILE + 1).decode("utf-8-sig")
        else:
            with path.open("rb") as file:
                text = file.read(LONGEST_FILE + 1).decode("utf-8-sig")
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror or error}", code=2) from None
    except UnicodeDecodeError:
        raise CommandFailed(f"{path}: expected text in UTF-8", code=2) from None
    try:
        return read_template(text)
    except TemplateUnreadable as error:
        raise CommandFailed(f"{path}: {error}", code=2) from None


def edited(text: str, before: CallTemplate) -> CallTemplate:
    """Let the person's editor change a template; what cannot be read is handed back with the reason on top."""

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor or not sys.stdin.isatty():
        raise CommandFailed(
            "no editor: set EDITOR, or say what changes: --greeting, --prompt, --fact, --set KEY=VALUE",
            code=2,
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.yaml"
        path.write_text(text, encoding="utf-8")
        while True:
            written = _written_by(editor, path)
            body = "".join(line for line in written.splitlines(keepends=True) if not line.startswith("#!"))
            if not body.strip() or body == text:
                return before
            try:
                return read_template(body)
            except TemplateUnreadable as error:
                reasons = "".join(f"#! {problem}\n" for problem in error.problems)
                path.write_text(
                    f"{reasons}#! Mend it and save, or empty the file to leave it.\n{body}", encoding="utf-8"
                )


def _written_by(editor: str, path: Path) -> str:
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=False)
        return path.read_text(encoding="utf-8")
    except ValueError:
        raise CommandFailed("EDITOR: expected a command, and a file in UTF-8 from it", code=2) from None
    except OSError as error:
        raise CommandFailed(f"EDITOR {editor}: {error.strerror or error}", code=2) from None


def show_difference(lines: Sequence[str]) -> None:
    """Print what `difference` found: what goes in red, what comes in green."""
    screen = console()
    for line in lines:
        style = {"+": "green", "-": "red"}.get(line[:1], "")
        screen.print(plain(line), style=style, soft_wrap=True)


def show_findings(findings: Sequence[Finding]) -> None:
    """Print what there is to look at, errors in red."""
    screen = console()
    for each in findings:
        colour = "red" if each.severity == "error" else "yellow"
        place = f"{each.field}: " if each.field else ""
        screen.print(f"{each.severity.value}  {plain(place + each.message)}", style=colour, soft_wrap=True)


def show_tried(tried: Tried) -> None:
    """Print a trial of a draft: its own tools that were asked, the words, and the tools that would have run."""
    for use in tried.asked:
        told = ", ".join(f"{name}: {value}" for name, value in use.arguments.items())
        answer = f"the system failed ({use.failed})" if use.failed else use.answer
        say(f"        (asks {plain(use.name)}{plain(f' [{told}]' if told else '')}: {plain(answer)})")
    if tried.text:
        say(f"   bot  {plain(tried.text)}")
    for tool in tried.not_run:
        say(f"        (uses the tool {plain(tool)})")


def findings_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return it as JSON's own types."""
    return [
        {"severity": each.severity.value, "field": each.field, "message": each.message} for each in findings
    ]
