"""Questions that change nothing: capacity, and what a press would do now."""
