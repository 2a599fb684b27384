"""What users hold: values with a history, taped or traced, and the reverse sweep over them."""
