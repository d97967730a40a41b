"""Figures show the data they were given, and stay readable."""
