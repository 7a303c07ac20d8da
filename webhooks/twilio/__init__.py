"""What Twilio says to us."""
