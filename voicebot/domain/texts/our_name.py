"""The place where a fixed text says who is texting: the flows know no settings, so whoever queues the text fills it in."""

NAME_PLACE = "[our name]"


def signed(text: str, name: str) -> str:
    """Return the text as it is sent, from `name`."""
    return text.replace(NAME_PLACE, name)
