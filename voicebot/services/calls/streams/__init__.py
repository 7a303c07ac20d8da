"""Calls that a websocket carries: their beginning, their session, their log. What differs between transports is a line."""
