"""Pure codecs of what Twilio speaks."""
