"""``receipts …``: one module per command group, imported when it is called."""
