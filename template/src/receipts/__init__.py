"""Receipts: legal documents for rides and deliveries, issued from events.

The rooms, ground floor first; each imports only from lower ones:
domain, telemetry, countries, business_lines, engine, rendering,
infrastructure, pipeline, settings, api, cli.
"""
