"""Answers over time: how right, how quick after a change, and how steady where nothing changes."""
