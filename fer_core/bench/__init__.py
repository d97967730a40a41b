"""Measurements of the product itself: inference time, page time, memory."""
