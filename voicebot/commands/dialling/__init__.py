"""Commands about calls to many people."""
