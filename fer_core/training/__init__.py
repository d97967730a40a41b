"""Training: from a `TrainConfig` and arrays to a finished run folder."""
