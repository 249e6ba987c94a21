"""The Web API: one receipt as a page or as JSON, and health."""
