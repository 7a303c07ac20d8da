"""Countries by their two letters, as ALLOWED_COUNTRIES names them."""

import phonenumbers


def is_country(code: str) -> bool:
    """Tell whether `code` is an ISO 3166 code in capitals that has phone numbers ("GB", but not "UK")."""
    return code in phonenumbers.SUPPORTED_REGIONS
