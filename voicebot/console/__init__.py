"""The operator console: server-rendered pages for a team that signs in."""
