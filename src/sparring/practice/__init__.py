"""Ways of training that suit many recipes: functions from a recipe to a recipe."""
