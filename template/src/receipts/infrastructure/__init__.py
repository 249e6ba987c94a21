"""Adapters to the world outside, one file each, chosen by URL."""
