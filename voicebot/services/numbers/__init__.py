"""Use cases of the account's phone numbers."""
