"""What Vapi says and how it signs it (providers' handbook 5). Pure."""
