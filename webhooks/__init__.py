"""What Twilio says to us: parse, call one service, render."""
