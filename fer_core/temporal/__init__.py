"""A recurrent network over the features of a face's frames: clips, training, export, measuring."""
