"""The actors of requests, and their keys."""
