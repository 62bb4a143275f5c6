"""``make doctor``: whether all is there that a deploy needs, and how to mend what is not."""
