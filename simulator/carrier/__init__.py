"""A local Twilio: the REST API, the TwiML interpreter and the callbacks, written from the handbook alone.

Nothing in this package imports the product, so the two cannot share a mistake.
"""
