"""What each TwiML verb does in a call."""
