"""Video files: sampled, read and kept as a log."""
