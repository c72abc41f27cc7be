"""Training practices that apply to many recipes: functions from a recipe to a recipe."""
