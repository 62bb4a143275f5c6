"""What provider 6 still has of all that we use of provider 5, going by its bindings on PyPI.

``schema.json`` is the part of 6's schema that concerns us. ``python -m policy.provider_six`` writes it; a test holds
modules, examples and stack against it.
"""
