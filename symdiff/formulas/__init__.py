"""Formulas for people: forms written in matrix notation, as text, LaTeX, MathML, SymPy and source."""
