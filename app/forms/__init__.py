"""The forms: what comes in, read and checked."""
