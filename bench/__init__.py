"""The benchmark behind ``make bench``: our services against the workshop's way of writing them, side by side."""
