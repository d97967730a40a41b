"""Figures computed from a run's predictions; nothing here draws."""
