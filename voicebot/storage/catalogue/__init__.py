"""The catalogue in the database: numbers, the templates that they have, voices to choose."""
