"""What the API says when something of members and organizations cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager

from voicebot.api.errors import ApiError, changed_meanwhile, wrong_field
from voicebot.services.member_links import WORDS
from voicebot.storage.access.members import MemberRefused
from voicebot.storage.pages import ListRefused

STATUSES = {
    "not_allowed": 403, "owners_alone": 403, "unknown_member": 404, "unknown_invitation": 404, "unknown_organization": 404,
}  # fmt: skip
FIELDS = {"wrong_name": "slug", "unknown_role": "role"}
"""What is wrong with a field of the body, and with which."""


@contextmanager
def worded() -> Iterator[None]:
    """Turn refusals of members, invitations and organizations into the API's own."""
    try:
        yield
    except (MemberRefused, ListRefused) as error:
        if error.code in FIELDS:
            raise wrong_field(FIELDS[error.code], WORDS[error.code].rstrip(".")) from None
        if error.code == "changed_meanwhile":
            raise changed_meanwhile() from None
        words = WORDS.get(error.code, "This cannot be done now.")
        raise ApiError(STATUSES.get(error.code, 409), error.code, words) from None


def unknown_organization() -> ApiError:
    """There is none of this id."""
    return ApiError(404, "unknown_organization", WORDS["unknown_organization"])
