"""Worker processes: each holds one loaded model and may die without taking anything else with it."""
