"""Supabase's local server as the tests use it: one that ended is started anew before the next test."""

import psutil
import pytest

from simulator.house import PORTS
from voicebot.storage.database import SupabaseDatabase

pytestmark = [pytest.mark.sql, pytest.mark.lite]


def test_a_server_that_ended_is_there_again_for_the_next_test(one_lite):
    one_lite.revive()
    process = psutil.Process(one_lite.pid)
    process.kill()
    process.wait(timeout=30)

    one_lite.revive()

    database = SupabaseDatabase(one_lite.url, one_lite.key)
    assert one_lite.pid != process.pid
    assert database.call("contract_refuse")["result"] == "refused"
    database.close()


def test_its_port_is_none_that_the_kernel_gives_away(one_lite):
    assert int(one_lite.url.rpartition(":")[2]) in PORTS
