"""The data set: fetching it, indexing it, decoding it once."""
