"""Live video in Chromium, measured: this product's page beside others that read faces there."""
