"""Names and shapes of published models: the ground truth that detection is held against."""
