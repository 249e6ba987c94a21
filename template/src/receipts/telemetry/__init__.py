"""Logs: one JSON line a batch, in the Elastic Common Schema."""
