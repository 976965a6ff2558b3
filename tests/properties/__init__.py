"""What all functions have in common, whatever they compute."""
