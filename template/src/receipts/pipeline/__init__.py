"""The way of an event: intake, then issue. Each stage works on a batch."""
