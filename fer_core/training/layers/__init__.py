"""Keras layers that only training uses: augmentation and fused operations."""
