"""The place of the sender's name in a fixed text: the flows know no settings, so the name is filled in when
the text is queued."""

NAME_PLACE = "[our name]"


def signed(text: str, name: str) -> str:
    """Return the text as it is sent, from `name`."""
    return text.replace(NAME_PLACE, name)
