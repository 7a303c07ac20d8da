"""What every HTTP exchange with a provider needs: limits in time, and what its failures mean."""
