"""Routes for the service's operators: alerts, commands, figures, incidents, numbers and webhooks."""
