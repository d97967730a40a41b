"""Networks, as Keras graphs from uint8 faces to seven probabilities."""
