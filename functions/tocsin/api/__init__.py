"""The HTTP API: routes and what they answer."""
