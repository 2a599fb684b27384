"""From graph to graph: derivatives, and the algebra that keeps them short."""
