"""What is handed to those who help from outside."""
