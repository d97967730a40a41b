"""The sections of the Training curves page."""
