"""An organization whose person had a call in which something was said, and wrote."""

import pytest

from tests.console.conftest import make_house


@pytest.fixture
def house(runtime, module_owner):
    """The organization, with a member of each role."""
    made = make_house(runtime, module_owner)
    mark = next(mark for mark in made.one.marks if mark.startswith("mark"))
    module_owner.execute(
        "update public.user_profiles set first_name = 'Ada', last_name = 'Lovelace' where user_id = %s",
        [made.one.user_id],
    )
    module_owner.execute(
        "update public.transcripts set content = 'my refund is late', start_time_seconds = 83.2 where content = %s",
        [mark],
    )
    runtime.database.call(
        "record_call_status", call_sid=made.one.call_sid, status="completed", sequence_number=9
    )
    module_owner.execute(
        "update public.call_history set ended_at = now(), transcript = 'Caller: my refund is late' where call_sid = %s",
        [made.one.call_sid],
    )
    module_owner.execute(
        "update public.sms_history set content = '<b>refund</b> please' where user_id = %s and direction = 'inbound'",
        [made.one.user_id],
    )
    return made


@pytest.fixture
def audited(house, module_owner):
    """Return what the audit log has of the organization, the oldest first, but for signing in."""

    def actions():
        rows = module_owner.execute(
            "select action from public.audit_log where organization_id = %s and action not in ('console.signed_in') order by id",
            [house.one.organization_id],
        )
        return [action for (action,) in rows]

    return actions
