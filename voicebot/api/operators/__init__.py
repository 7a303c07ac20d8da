"""Routes for the house's operators: who outside is told of events."""
