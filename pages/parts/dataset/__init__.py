"""The tabs of the Dataset page."""
