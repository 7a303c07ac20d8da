"""How a TwiML document is read, and where it leads."""
