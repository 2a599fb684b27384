"""From graph to kernel, and back to an op."""
