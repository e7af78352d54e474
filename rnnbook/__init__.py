"""The shared code of the rnnbook course."""
