"""What Vapi tells (providers' handbook 5.3)."""
