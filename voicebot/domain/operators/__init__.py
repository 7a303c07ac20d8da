"""Promises, mails and reports to the operator."""
