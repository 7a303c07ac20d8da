"""Pure codecs between the call core and what Twilio speaks."""
