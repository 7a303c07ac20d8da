"""What a backup or a restoring refuses, and what the two commands say."""

import io
import os
import stat
import tarfile
import tempfile
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.sql.upkeep.installation import Installation, everything, fill, shape
from voicebot import cli
from voicebot.commands.backup import progress_of
from voicebot.storage.backup.archive import BackupError, new_archive

pytestmark = pytest.mark.sql


def test_what_is_in_use_is_replaced_only_when_that_is_asked_for(house, server, template, tmp_path):
    other = Installation(server.create(f"test_{uuid4().hex}", template), tmp_path / "other")
    fill(other)
    house.back_up(tmp_path / "f")
    with other.owner() as owner, house.owner() as source:
        before, wanted = everything(owner), everything(source)

        with pytest.raises(BackupError, match=r"data folder .* is in use .*secret_key.*--force"):
            other.restore(tmp_path / "f")
        other.environ["VOICEBOT_DATA_DIR"] = str(tmp_path / "new")
        with pytest.raises(BackupError, match=r"the database is in use \(.*public.*\): --force"):
            other.restore(tmp_path / "f")
        assert everything(owner) == before
        # Nothing of a refused restoring stays behind.
        assert not (tmp_path / "new" / "secret_key").exists()

        other.restore(tmp_path / "f", force=True)
        assert everything(owner) == wanted
    server.drop(psycopg.conninfo.conninfo_to_dict(other.dsn)["dbname"])


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "text"])
def test_a_damaged_file_changes_nothing(house, empty, tmp_path, harm):
    file = tmp_path / "f"
    house.back_up(file)
    content = bytearray(file.read_bytes())
    if harm == "flipped":
        content[len(content) // 2] ^= 0xFF
    file.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "text": b"hello"}.get(harm, content))

    with pytest.raises(BackupError, match=r"^\S+ is damaged or no backup of ours: nothing was restored$"):
        empty.restore(file)

    assert not empty.folder.exists()
    with empty.owner() as owner:
        assert everything(owner) == {}


def test_a_file_in_which_somebody_changed_something_is_refused_although_it_unpacks(house, empty, tmp_path):
    house.back_up(tmp_path / "f")
    with tarfile.open(tmp_path / "f") as old, tarfile.open(tmp_path / "changed", "w:gz") as new:
        for info in old:
            content = old.extractfile(info).read().replace(b"and 'quotes'", b"and 'QUOTES'")
            new.addfile(info, io.BytesIO(content))

    with pytest.raises(BackupError, match="is damaged or no backup of ours"):
        empty.restore(tmp_path / "changed")


def test_a_failure_in_the_middle_leaves_the_database_as_it_was(house, unused, tmp_path):
    house.back_up(tmp_path / "f")
    with unused.owner() as owner:
        # A stranger's rule that our rows break.
        owner.execute("alter table public.transcripts add constraint short check (length(content) < 3)")
        before, built = everything(owner), shape(owner)

        with pytest.raises(BackupError, match=r'the database failed: .*"short"$'):
            unused.restore(tmp_path / "f")

        assert (everything(owner), shape(owner)) == (before, built)


def test_a_user_who_would_not_see_every_row_makes_no_backup(house, tmp_path):
    name = f"reader_{uuid4().hex[:8]}"
    with house.owner() as owner:
        owner.execute(f"create role {name} login")
        owner.execute(f"grant usage on schema voicebot_meta to {name}")
    house.dsn = house.dsn.replace("//postgres@", f"//{name}@")
    try:
        with pytest.raises(BackupError, match="does not see every row"):
            house.back_up(tmp_path / "f")
    finally:
        with psycopg.connect(house.environ["SUPABASE_DB_URL"], autocommit=True) as owner:
            owner.execute(f"drop owned by {name}; drop role {name}")

    assert not (tmp_path / "f").exists()


def test_a_whole_file_that_lacks_a_part_is_no_backup(empty, tmp_path):
    with new_archive(tmp_path / "f", {"made_at": "today"}) as (writer, manifest):
        writer.add("tables/public.calls/00000001", b"")
        manifest["tables"] = []

    with pytest.raises(BackupError, match="damaged or no backup"):
        empty.restore(tmp_path / "f")


def test_a_backup_of_another_version_is_refused(house, empty, tmp_path):
    with house.owner() as owner:
        owner.execute("insert into voicebot_meta.migrations values ('9999_later.sql', 'x')")
    house.back_up(tmp_path / "f")

    with pytest.raises(BackupError, match=r"another version, whose last migration is 9999_later\.sql"):
        empty.restore(tmp_path / "f")


def test_another_key_is_told(house, unused, tmp_path):
    house.back_up(tmp_path / "f")
    unused.environ["SECRET_KEY"] = "another key than the one of then"

    assert unused.restore(tmp_path / "f").other_keys == ("SECRET_KEY",)


# --- the commands ---------------------------------------------------------------------------------


def command(house: Installation, monkeypatch: pytest.MonkeyPatch, *argv: str) -> int:
    for name, value in house.environ.items():
        monkeypatch.setenv(name, value)
    return cli.main(list(argv))


def test_the_commands_say_that_the_file_holds_secrets_and_what_it_lacks(
    house, unused, tmp_path, monkeypatch, capsys
):
    file = tmp_path / "kept.tar.gz"
    monkeypatch.setenv("CREDENTIALS_KEY", "given by the environment")
    old = os.umask(0)
    try:
        assert command(house, monkeypatch, "backup", str(file)) == 0
    finally:
        os.umask(old)
    said = capsys.readouterr().out

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "IT HOLDS SECRETS" in said
    assert "NOT IN IT: CREDENTIALS_KEY" in said
    assert command(house, monkeypatch, "backup", str(file)) == 1
    assert capsys.readouterr().err == f"voicebot: {file} is there already: choose another name\n"
    assert command(unused, monkeypatch, "restore", str(file)) == 0
    with house.owner() as owner:
        texts, calls = owner.execute(
            """select (select count(*) from public.sms_history where outbox_state = 'generated'),
                      (select count(*) from public.call_queue where status = 'queued')"""
        ).fetchone()
    said = capsys.readouterr().out
    assert "Restored what was kept at" in said
    assert texts and calls and f"{texts} TEXTS AND {calls} CALLS waited when the backup was made." in said
    assert command(house, monkeypatch, "restore", str(tmp_path / "none")) == 1
    assert capsys.readouterr().err == f"voicebot: {tmp_path}/none is no file\n"


def test_clips_come_along_when_they_are_asked_for(house, unused, tmp_path):
    (house.folder / "clips").mkdir(parents=True, exist_ok=True)
    (house.folder / "clips" / "fixed-hello.mp3").write_bytes(b"sound")

    assert house.back_up(tmp_path / "without").clips == 0
    assert house.back_up(tmp_path / "with", clips=True).clips == 1
    unused.restore(tmp_path / "with")

    assert (unused.folder / "clips" / "fixed-hello.mp3").read_bytes() == b"sound"


def test_long_work_tells_how_far_it_is_and_short_work_says_nothing():
    now, lines = [0.0], []
    tell = progress_of("backing up", clock=lambda: now[0], write=lines.append)

    for second, done in ((1, 100_000), (4, 2_000_000), (5, 2_500_000), (8, 4_000_000)):
        now[0] = float(second)
        tell("public.call_history", done, 8_000_000)

    assert lines == [
        "backing up public.call_history: 25%, 2.0 MB of 8.0 MB, about 12 s left\n",
        "backing up public.call_history: 50%, 4.0 MB of 8.0 MB, about 8 s left\n",
    ]


def test_nothing_half_done_lies_about(house, tmp_path):
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        house.dsn = "postgresql://nobody@127.0.0.1:1/nothing"

        with pytest.raises(BackupError, match="cannot reach the database"):
            house.back_up(Path(folder) / "f")

        assert list(Path(folder).iterdir()) == []
