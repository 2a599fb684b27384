"""The formula beside the value: how a result and its gradient came about, to be read."""
