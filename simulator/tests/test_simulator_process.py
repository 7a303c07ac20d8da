"""The simulator as a process of its own, on gevent."""

import ast
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from simulator.phone.client import PhoneClient
from simulator.process import start_simulator
from simulator.tests.fake_product import ACCOUNT, TOKEN, FakeProduct
from tests.support.waiting import wait_for

SIMULATOR = Path(__file__).parents[1]


def test_it_starts_on_a_free_port_carries_calls_and_stops(product: FakeProduct, tmp_path: Path) -> None:
    product.says('<Gather input="speech" action="/turn"><Say>Hello</Say></Gather>')
    product.says("<Say>Goodbye</Say>", path="/turn")

    with start_simulator(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        voice_url=f"{product.url}/voice",
        status_url=f"{product.url}/status",
        data_dir=tmp_path,
    ) as simulator:
        phone = PhoneClient(simulator.url)
        sids = [phone.call(f"+1202555011{digit}") for digit in range(5)]
        for sid in sids:
            phone.wait(sid, "speech")
            phone.say(sid, f"hello from {sid}")
        views = [phone.wait(sid, "over") for sid in sids]
        models = requests.get(f"{simulator.url}/elevenlabs/v1/voices", headers={"xi-api-key": "x"}, timeout=5)

    assert [view["heard"][1]["text"] for view in views] == [f"hello from {sid}" for sid in sids]
    assert models.status_code in (200, 401)
    assert simulator.process.returncode == 0
    assert not [line for line in simulator.complaints if "Traceback" in line]


def test_a_port_that_is_taken_is_said_so(product: FakeProduct) -> None:
    taken = int(product.url.rpartition(":")[2])

    with pytest.raises(RuntimeError, match="in use"):
        start_simulator(account_sid=ACCOUNT, auth_token=TOKEN, port=taken)


def test_it_ends_with_whoever_started_it() -> None:
    starter = (
        "from simulator.process import start_simulator\n"
        f"simulator = start_simulator(account_sid={ACCOUNT!r}, auth_token={TOKEN!r})\n"
        "print(simulator.url, flush=True)\n"
        "import os; os._exit(0)\n"
    )

    started = subprocess.run([sys.executable, "-c", starter], capture_output=True, text=True, timeout=40)

    def is_gone() -> bool:
        try:
            requests.get(f"{started.stdout.strip()}/carrier/knobs", timeout=2)
        except requests.ConnectionError:
            return True
        return False

    wait_for(is_gone, pause_s=0.1)


def test_nobody_on_the_machine_sees_the_token_or_the_database(product: FakeProduct) -> None:
    with start_simulator(
        account_sid=ACCOUNT, auth_token=TOKEN, database_url="postgresql://u:hidden@h/d"
    ) as simulator:
        shown = " ".join(psutil.Process(simulator.process.pid).cmdline())
        opens = requests.get(
            f"{simulator.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", auth=(ACCOUNT, TOKEN), timeout=5
        )

    assert ACCOUNT in shown
    assert TOKEN not in shown
    assert "hidden" not in shown
    assert opens.status_code == 200


def test_the_carrier_shares_no_code_with_the_product_but_that_of_mu_law() -> None:
    files = [*SIMULATOR.joinpath("carrier").rglob("*.py"), *SIMULATOR.joinpath("phone").glob("*.py")]
    imported = {
        name
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        )
    }

    assert len(files) > 60
    foreign = {
        name for name in imported if name.split(".")[0] in ("voicebot", "webhooks", "twilio", "gevent")
    }
    assert foreign <= {"voicebot.transports.audio"}


def test_no_folder_holds_more_than_twenty_modules() -> None:
    folders = {file.parent for file in SIMULATOR.rglob("*.py")}

    assert {folder.name: count for folder in folders if (count := len([*folder.glob("*.py")])) > 21} == {}
