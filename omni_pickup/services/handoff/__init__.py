"""Handoff: who is here, who may have the goods, giving them away and taking that back."""
