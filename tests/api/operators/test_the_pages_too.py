"""Whatever a page of the console shows or does, the API does: each route of the console has its operations, or a reason for none."""

from uuid import uuid4

import pytest

from tests.api.actors.asked import ask
from tests.api.people import ask_by_key, make_owned
from voicebot.api.table import ROUTES
from voicebot.console.table import ROUTES as PAGES
from voicebot.domain.access.roles import MEMBER_ROLES

IN_THE_API = {
    "now": "listCalls showQueueStanding listIncidents listAlerts showFigures",
    "calls": "searchCalls listCalls", "call": "showCall showCallRecord", "recording": "hearCall", "bundle": "makeBundle",
    "step": "listCallCommands", "stepIn": "addCallCommand", "correctAnswer": "correctAnswer addFact",
    "threads": "listInbox listConversations", "thread": "showInboxItem listMessages", "draft": "showInboxItem",
    "replyThread": "replyInboxItem", "noteThread": "noteInboxItem", "assignThread": "changeInboxItem listColleagues",
    "snoozeThread": "changeInboxItem", "resolveThread": "changeInboxItem", "reopenThread": "changeInboxItem",
    "switchThread": "changeConversation", "askDraft": "askDraft", "changeText": "changeLaterText", "cancelText": "cancelLaterText",
    "people": "listPersons", "person": "showPerson showTimeline", "personNumber": "showPerson", "changePerson": "changePerson",
    "suppressPerson": "addSuppression", "liftPerson": "liftSuppression", "blockPerson": "addBlock", "unblockPerson": "removeBlock",
    "erasePerson": "erasePerson", "search": "searchCalls searchTexts listViews", "saveView": "saveView", "dropView": "dropView",
    "queue": "listQueue showQueueStanding", "queueEntry": "showQueuedCall", "queueCall": "queueCall", "changeEntry": "changeQueuedCall",
    "cancelEntry": "cancelQueuedCall", "redialEntry": "redialQueuedCall", "entryNumber": "showQueuedCall",
    "campaigns": "listCampaigns", "campaign": "showCampaign listPeople previewCampaign", "campaignReport": "reportCampaign",
    "makeCampaign": "makeCampaign", "saveCampaign": "changeCampaign", "moveCampaign": "changeCampaign",
    "redialCampaign": "redialCampaign", "lookAtPeople": "addPeople", "lookAgain": "addPeople", "addPeople": "addPeople",
    "bulkActions": "listBulk", "bulkAction": "showBulk", "confirmBulk": "beginBulk listTags listColleagues", "beginBulk": "beginBulk",
    "cancelBulk": "cancelBulk", "bulkFile": "downloadBulk", "figures": "showFigures",
    "templates": "listTemplates", "makeTemplate": "makeTemplate", "template": "showTemplate", "saveTemplate": "changeTemplate",
    "templateChanges": "showTemplateChanges", "publishTemplate": "publishTemplate", "templateVersions": "showTemplate",
    "templateVersion": "showTemplateVersion", "restoreVersion": "restoreTemplateVersion", "askTemplate": "tryTemplate",
    "voices": "listVoices", "voiceSample": "listVoices", "numbers": "listNumbers showNumbersHealth", "clearNumber": "clearNumber",
    "assignNumber": "assignNumber", "prompts": "listPrompts", "providers": "listProviders showProviderFigures",
    "members": "listMembers listInvitations listOrganizations", "makeOrganization": "makeOrganization", "invite": "inviteMember",
    "revokeInvitation": "revokeInvitation", "changeMember": "changeMember", "linkMember": "linkMember", "removeMember": "removeMember",
    "keys": "listKeys", "makeKey": "makeKey", "revokeKey": "endKey", "webhooks": "listWebhooks", "addWebhook": "addWebhook",
    "webhook": "showWebhook listWebhookDeliveries", "changeWebhook": "changeWebhook", "removeWebhook": "removeWebhook",
    "testWebhook": "testWebhook", "replayWebhook": "replayWebhook", "alerts": "listAlerts", "addAlert": "makeAlert",
    "lookBack": "previewAlert", "alert": "showAlert listAlertFirings", "changeAlert": "changeAlert", "removeAlert": "removeAlert",
    "usage": "showUsage listSubscriptions", "audit": "listAudit", "doctor": "showDoctor", "examine": "askDoctor",
    "organization": "showOrganization", "changeOrganization": "changeOrganization", "data": "listErasures showRetention",
    "setRetention": "setRetention",
}  # fmt: skip
FOR_BROWSERS = {
    **dict.fromkeys(
        ("login", "signIn", "link", "useLink", "invitation", "join", "confirm", "confirmSession", "signOut", "signOutEverywhere", "account"),
        "the session of a person; a program has a key",
    ),
    **dict.fromkeys(("live", "liveParts"), "parts of pages as HTML; programs are told by webhooks"),
    **dict.fromkeys(
        ("addCall", "newCampaign", "editCampaign", "tryTemplate", "askErase"), "a form, which is sent to another route"
    ),
    "openSound": "the token with which a browser's loudspeaker and microphone join a call",
}  # fmt: skip
SEEN_ELSEWHERE = {"listOrganizations", "listTags", "listColleagues", "listCallCommands", "listSubscriptions"}
"""They tell a key no more than its calls, its people and itself."""


def test_every_route_of_the_console_is_in_the_api_or_has_a_reason_not_to_be():
    operations = {route.operation_id for route in ROUTES}

    assert IN_THE_API.keys() | FOR_BROWSERS.keys() == {route.name for route in PAGES}
    assert not IN_THE_API.keys() & FOR_BROWSERS.keys()
    assert {name for names in IN_THE_API.values() for name in names.split()} <= operations


@pytest.mark.sql
def test_a_bulk_action_takes_the_words_of_the_box_and_tells_who_began_it_and_how_its_rows_were_chosen(
    app, api, make_api_key, runtime, owner
):
    one, other = make_owned(runtime, owner), make_owned(runtime, owner)
    owner.execute("update public.user_profiles set first_name = 'Ada' where user_id = %s", [one.user_id])
    owner.execute(
        "update public.organization_members set role = 'operator' where user_id = %s", [one.user_id]
    )
    members = ask_by_key(app, make_api_key(user_id=one.user_id, organization_id=one.organization_id))
    (mark,) = (mark for mark in one.marks if mark.startswith("mark"))
    wanted = {
        "action": "tag",
        "calls": {"q": f"tag:{mark}", "direction": "inbound"},
        "arguments": {"tag": "refund"},
    }

    looked = api.post("/api/v1/bulk", json=wanted | {"dry": True}).json
    begun = members.post("/api/v1/bulk", json=wanted | {"request_key": uuid4().hex})
    shown = members.get(f"/api/v1/bulk/{begun.json['id']}").json
    misspelt = api.post("/api/v1/bulk", json={"action": "tag", "calls": {"q": "cost:dear"}, "dry": True})

    assert (looked["total"], looked["doable"]) == (1, 1)
    assert (begun.status_code, begun.json["total"], begun.json["by"]) == (202, 1, "Ada")
    assert (shown["is_own"], shown["chosen_by"]["direction"]) == (True, "inbound")
    assert api.get(f"/api/v1/bulk/{begun.json['id']}").json["is_own"] is False
    assert (misspelt.status_code, misspelt.json["error"]["field"]) == (400, "calls")
    colleagues = members.get("/api/v1/colleagues").json["colleagues"]
    assert colleagues == [{"user_id": str(one.user_id), "name": "Ada", "role": "operator"}]
    people = members.get("/api/v1/queue", query_string={"campaign_id": str(one.campaign_id)}).json["entries"]
    assert [row["campaign_id"] for row in people] == [str(one.campaign_id)]
    assert (
        members.get("/api/v1/queue", query_string={"campaign_id": str(other.campaign_id)}).json["entries"]
        == []
    )
    assert members.get("/api/v1/queue", query_string={"campaign_id": "none"}).status_code == 400


@pytest.mark.sql
def test_a_members_key_does_no_more_than_the_member_may_in_the_console_and_none_while_the_team_rests(
    app, runtime, owner, make_api_key
):
    one = make_owned(runtime, owner)
    member = ask_by_key(app, make_api_key(user_id=one.user_id, organization_id=one.organization_id))
    team = ask_by_key(app, make_api_key(organization_id=one.organization_id))
    closed: dict[str, set[str]] = {}
    for page in PAGES:
        for operation in IN_THE_API.get(page.name, "").split():
            closed.setdefault(operation, set(MEMBER_ROLES)).difference_update(page.roles)

    for role in MEMBER_ROLES:
        owner.execute(
            "update public.organization_members set role = %s where user_id = %s", [role, one.user_id]
        )
        for operation in closed.keys() - SEEN_ELSEWHERE:
            if role in closed[operation]:
                answer = ask(member, operation, one)
                assert answer.status_code in (403, 404), (role, operation, answer.data)
    assert (member.get("/api/v1/calls").status_code, team.get("/api/v1/calls").status_code) == (200, 200)

    owner.execute("update public.organizations set is_active = false where id = %s", [one.organization_id])
    assert (member.get("/api/v1/calls").status_code, team.get("/api/v1/calls").status_code) == (401, 401)
