"""Plotly figures, each drawn once for pages and the HTML report alike; nothing here computes."""
