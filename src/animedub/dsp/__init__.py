"""Signal processing as plain functions on arrays."""
