"""Fetching the data set, unpacking it safely, putting it in place whole."""
