"""The image of a generated service: built, looked into, run as in production."""
