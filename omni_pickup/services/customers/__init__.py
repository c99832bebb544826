"""Customers: who is on the way or here, the links they hold, what was told to whom, and what stays in the house."""
