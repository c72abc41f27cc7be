"""Pictures of training, one file a picture: functions that return figures, for reports, pages and papers."""
