"""The one way out to the internet."""
