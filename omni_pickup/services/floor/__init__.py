"""The floor: commands of a tablet through one door, and the end of a shift."""
