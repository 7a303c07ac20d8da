"""ConversationRelay: Twilio hears and speaks, we exchange text with it."""
