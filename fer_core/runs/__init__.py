"""Run folders: one trained model and all that the pages need to show it."""
