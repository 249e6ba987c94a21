"""The pipelines of a generated service, read as their hosts read them, and run here."""
