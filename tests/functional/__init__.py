"""The stages, the API and the command line over moto, on what template.yaml defines."""
