"""Stores, their people and tablets, and how the whole is doing."""
