"""`templates`: made, shown, edited, applied, published and tried from the command line."""

import json
from pathlib import Path

import pytest

from tests.services.calls.aftermath import Connection
from tests.support.command_line import Run, environ, run
from tests.support.webhook_receiver import receiving
from voicebot.commands.pages.template_page import show_tried
from voicebot.services.templates.try_draft import Tried, TriedTool

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
FILE = """
name: {name}
greeting: Hello, this is {{{{line}}}}.
facts:
  - A loaf costs four dollars.
hours:
  timezone: Europe/Berlin
  week: {{mon-fri: 09:00-18:00}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bakery.yaml"
    path.write_text(FILE.format(name=f"Bakery {tmp_path.name}"), encoding="utf-8")
    return path


def name_of(file: Path) -> str:
    return f"Bakery {file.parent.name}"


def test_a_file_is_applied_and_the_same_file_comes_out(run: Run, file: Path):
    assert run("templates", "apply", str(file), "--publish")[0] == 0

    code, shown, _ = run("templates", "show", name_of(file))
    file.with_name("again.yaml").write_text(shown, encoding="utf-8")
    _, again, _ = run("templates", "apply", str(file.with_name("again.yaml")), "--json")

    assert code == 0
    assert json.loads(again)["changed"] is False
    assert "mon-fri: 09:00-18:00" in shown


def test_a_dry_run_shows_what_would_change_and_changes_nothing(run: Run, file: Path):
    _, out, _ = run("templates", "apply", str(file), "--dry-run")

    assert "+greeting: Hello, this is {{line}}." in out
    assert run("templates", "show", name_of(file))[0] == 1


def test_an_edit_by_options_is_published_in_one_line(run: Run, file: Path):
    run("templates", "apply", str(file), "--publish")

    code, out, _ = run(
        "templates", "edit", name_of(file), "--greeting", "Good day.", "--fact", "We bake.",
        "--set", "limits={max_duration_s: 90}", "--publish",
    )  # fmt: skip
    _, shown, _ = run("templates", "show", name_of(file), "--published")

    assert (code, "Published version 2" in out) == (0, True)
    assert "greeting: Good day." in shown
    assert "- We bake." in shown
    assert "max_duration_s: 90" in shown


def test_a_key_is_taken_out_by_setting_it_to_nothing(run: Run, file: Path):
    run("templates", "apply", str(file))

    run("templates", "edit", name_of(file), "--set", "hours=")

    assert "hours" not in run("templates", "show", name_of(file))[1]


def test_an_editor_that_leaves_a_mistake_gets_the_file_back_with_the_reason(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    run("templates", "apply", str(file))
    seen = tmp_path / "seen"
    editor = tmp_path / "editor"
    editor.write_text(
        f"""#!/bin/sh
cat "$1" >> {seen}
if grep -q '^#!' "$1"; then sed -i 's/^greting:/greeting:/' "$1"; else sed -i 's/^greeting:.*/greting: Hi./' "$1"; fi
""",
        encoding="utf-8",
    )
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)

    code, _, err = run("templates", "edit", name_of(file))

    assert (code, err) == (0, "")
    assert "#! greting: unknown key" in seen.read_text(encoding="utf-8")
    assert "greeting: Hi." in run("templates", "show", name_of(file))[1]


def test_an_earlier_version_comes_back_as_a_new_one(run: Run, file: Path):
    run("templates", "apply", str(file), "--publish")
    run("templates", "edit", name_of(file), "--greeting", "Worse.", "--publish")

    code, out, _ = run("templates", "publish", name_of(file), "--version", "1")

    assert (code, "Published version 3" in out) == (0, True)
    assert "-greeting: Worse." in out
    assert "greeting: Hello, this is {{line}}." in run("templates", "show", name_of(file), "--published")[1]


def test_errors_keep_a_draft_from_being_published_and_say_why(run: Run, file: Path):
    run("templates", "apply", str(file))

    code, out, err = run("templates", "edit", name_of(file), "--greeting", "Hello {{nobody}}.", "--publish")

    assert code == 1
    assert "unknown variable 'nobody'" in out
    assert err == "voicebot: not published: mend the errors above, then publish again\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "nobody's"), "there is no template of this name"),
        (("edit", "nobody's", "--greeting", "x"), "there is no template of this name"),
        (("apply", "/nowhere.yaml"), "/nowhere.yaml: No such file or directory"),
        (("publish", "nobody's"), "there is no template of this name"),
    ],
)
def test_what_is_not_there_is_one_line(run: Run, arguments: tuple[str, ...], told: str):
    code, out, err = run("templates", *arguments)

    assert code in (1, 2)
    assert (out, told in err, err.count("\n")) == ("", True, 1)


def test_a_misspelt_key_is_named_with_the_file(run: Run, file: Path):
    file.write_text("name: x\ngreting: hi\n", encoding="utf-8")

    code, _, err = run("templates", "apply", str(file))

    assert code == 2
    assert f"{file}: greting: unknown key" in err


def test_a_new_template_says_what_comes_next_and_can_be_published_as_it_is(run: Run, file: Path):
    code, out, _ = run("templates", "new", name_of(file))

    assert code == 0
    assert f"templates edit '{name_of(file)}'" in out
    assert run("templates", "publish", name_of(file))[0] == 0
    assert name_of(file) in run("templates", "list")[1]


def test_a_copy_begins_as_the_template_that_it_copies(run: Run, file: Path):
    run("templates", "apply", str(file))

    run("templates", "new", f"{name_of(file)} two", "--from", name_of(file))

    assert "A loaf costs four dollars." in run("templates", "show", f"{name_of(file)} two")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "{name}", "--version", "0"),
        ("show", "{name}", "--version", "99999999999"),
        ("publish", "{name}", "--version", "0"),
        ("try", "{name}", "--at", "yesterday"),
    ],
)
def test_a_version_or_time_that_is_none_is_asked_wrongly(run: Run, file: Path, arguments: tuple[str, ...]):
    run("templates", "apply", str(file), "--publish")

    code, out, err = run("templates", *(each.format(name=name_of(file)) for each in arguments))

    assert (code, out) == (2, "")
    assert "expected" in err.splitlines()[-1]


@pytest.mark.parametrize("editor", ["/nowhere/vi", "vi '"])
def test_an_editor_that_is_not_there_is_one_line(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch, editor: str
):
    run("templates", "apply", str(file))
    monkeypatch.setenv("EDITOR", editor)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)

    code, _, err = run("templates", "edit", name_of(file))

    assert (code, len(err.splitlines())) == (2, 1)
    assert "EDITOR" in err


def test_a_dry_run_for_a_program_is_json(run: Run, file: Path):
    code, out, _ = run("templates", "apply", str(file), "--dry-run", "--json")

    assert code == 0
    assert "+greeting: Hello, this is {{line}}." in json.loads(out)["difference"]


def test_an_edit_says_what_it_leaves_out_of_a_draft_that_breaks_a_rule(
    run: Run, file: Path, owner: Connection
):
    run("templates", "apply", str(file))
    owner.execute("update public.call_templates set tags = '{\"a\": 1}'")

    code, _, err = run("templates", "edit", name_of(file), "--greeting", "Good day.")

    assert code == 0
    assert "left out, because it breaks a rule: tags" in err


def test_a_tool_of_its_own_is_asked_without_a_call(run: Run, file: Path):
    with receiving() as system:
        tool = f"[{{name: find_loaf, description: Find a loaf., url: '{system.url}', arguments: {{kind: Which.}}}}]"
        run("templates", "apply", str(file))
        run("templates", "edit", name_of(file), "--set", f"own_tools={tool}")
        secret = run("templates", "secret", name_of(file))[1].strip()
        lacking = run("templates", "ask", name_of(file), "find_loaf")
        done = run("templates", "ask", name_of(file), "find_loaf", "kind=rye", "--caller", "+12025550123")
        system.answers = [500]
        failed = run("templates", "ask", name_of(file), "find_loaf", "kind=rye")
        unknown = run("templates", "ask", name_of(file), "find_cake")

        assert system.is_valid(0, secret)
    assert (lacking[0], "Not done: Something is missing." in lacking[1]) == (1, True)
    assert done[:2] == (0, "Done.\n")
    assert json.loads(system.got[0][1])["data"]["arguments"] == {"kind": "rye"}
    assert (failed[0], "http_500" in failed[2]) == (1, True)
    assert (unknown[0], "it has find_loaf" in unknown[2]) == (2, True)


def test_a_trial_shows_what_its_own_tools_were_asked_and_what_it_would_do_besides(capsys):
    booked = TriedTool("book_table", {"day": "Friday", "people": "4"}, done=True, answer="It is booked.")
    failed = TriedTool("find_loaf", {}, done=False, answer="Say so.", failed="http_500")

    show_tried(Tried("All is well.", ("book_table", "find_loaf", "end_call"), (booked, failed)))

    assert capsys.readouterr().out.splitlines() == [
        "        (asks book_table [day: Friday, people: 4]: It is booked.)",
        "        (asks find_loaf: the system failed (http_500))",
        "   bot  All is well.",
        "        (uses the tool end_call)",
    ]
