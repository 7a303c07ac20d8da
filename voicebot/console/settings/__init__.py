"""Settings: members and roles, the audit log."""
