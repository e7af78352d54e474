"""Claims judged by results that were there before the rule was written."""
