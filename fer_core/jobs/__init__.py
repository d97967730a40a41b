"""Training in the background: a protocol for jobs, and the backends that carry them out."""
