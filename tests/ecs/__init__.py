"""The fields of the Elastic Common Schema, for the tests of the service."""
