"""A document as bytes: canonical JSON, which is the record, and the page people read."""
