"""Read Twilio's fields as values; a signed field without a known meaning counts as absent."""


def whole_number(value: str) -> int | None:
    """Return a field's number of up to nine digits; None for everything else."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
