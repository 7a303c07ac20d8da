"""Providers that need no account: this machine's own voice."""
