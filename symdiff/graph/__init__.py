"""What is computed from what: sizes by name, ops as records, nodes."""
