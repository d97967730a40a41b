"""Systems from before deep networks: hand-made features and a shallow classifier."""
