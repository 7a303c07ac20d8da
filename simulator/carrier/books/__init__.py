"""What the account holds: calls, messages, recordings, numbers, who opted out."""
