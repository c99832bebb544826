"""Stock: items, holds, levels, counts and adjustments, with one mover for every figure."""
