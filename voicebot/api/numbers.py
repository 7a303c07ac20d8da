"""Phone numbers in bodies of requests."""

from voicebot.api.errors import ApiError
from voicebot.domain.person.phone import parse_e164


def e164(text: str, field: str = "to") -> str:
    """Return the number in E.164. Raises ApiError for what is none."""
    number = parse_e164(text)
    if number is None:
        raise ApiError(
            400, "invalid_number", "Expected a phone number in E.164, like +12025550123.", field=field
        )
    return number


def not_allowed() -> ApiError:
    """The number is not of somebody whom the key's owner may reach; it does not say whether anybody has it."""
    return ApiError(403, "not_allowed", "This key may not reach this number.")
