"""Stores and what belongs to the shop as a whole: hours, places, pauses, API clients, the first setup."""
