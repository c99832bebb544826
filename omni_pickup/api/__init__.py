"""The machine face: /api/v1."""

from __future__ import annotations

from omni_pickup.api.blueprints import register_api

__all__ = ["register_api"]
